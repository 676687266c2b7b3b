"""The baseline's runs, as command lines: they say the same whatever becomes of the code behind them."""

from pathlib import Path

_INDEXES = (
    "{flat: {}, hnsw_flat: {m: [8], ef_construction: [40], ef_search: [16, 64]}, "
    "ivf_flat: {nlist: [16], nprobe: [1, 4]}}"
)
_ANN = ["study.ks=[1,10]", "study.seeds=[0,1]", "study.repeats=1", "study.single_queries=1", "study.resamples=1000"]
_PRECISION = ["study.repeats=1", "study.timed_queries=16"]
_CPU = ["compute=cpu", "compute.threads=2"]


def made_up(folder: Path) -> dict[str, list[str]]:
    """Arguments of `embdrift` by name, for the inputs that `write_inputs` leaves in the folder."""

    def versions(*names: str, queries: bool = True) -> list[str]:
        given = ["--reference", f"{folder}/old.npy"]
        given += ["--reference-queries", f"{folder}/old.queries.npy"] if queries else []
        for name in names:
            given += ["--candidate", f"{name}={folder}/{name}.npy"]
            given += ["--candidate-queries", f"{name}={folder}/{name}.queries.npy"] if queries else []
        return given

    items, qrels = ["--items", f"{folder}/items.csv"], ["--qrels", f"{folder}/qrels.csv"]
    again = ["--reference-again", f"{folder}/again.npy", f"again.queries={folder}/old.queries.npy"]
    further = [
        f"dataset.golden={folder}/golden.csv", f"dataset.removed={folder}/removed.txt", "dataset.timestamp=changed",
        f"dataset.query_weights={folder}/weights.csv", "dataset.ties=averaged", "study.cut_offs=[0.5,0.8]",
    ]  # fmt: skip
    ann = ["run", "ann_recall", f"study.index={_INDEXES}", *_ANN]
    return {
        "shift": ["run", "neighbor_shift", *versions("near", "far", "turned", "fewer"), *items, *qrels, *again],
        "shift_l2_sample": ["run", "neighbor_shift", *versions("near"), "metric=l2", "k=5", "--query-sample", "200"],
        "shift_ip": ["run", "neighbor_shift", *versions("near", "fewer", queries=False), "metric=inner_product"],
        "shift_pages": [
            "run", "neighbor_shift", *versions("near", "far"), *items,
            "--qrels", f"{folder}/page_qrels.csv", "dataset.document=page",
        ],
        "drift": ["run", "drift", *versions("near", "far", "turned", "fewer"), *items, *qrels, *further, "--gate"],
        "drift_vectors": ["run", "drift", *versions("far", "fewer", queries=False), *items, "study.neighbors=false"],
        "ann": [*ann, *versions("far"), *qrels],
        "ann_l2": [*ann, *versions(queries=False), "metric=l2"],
        "precision": ["run", "precision", *versions(), *qrels, *_PRECISION],
        "precision_pair": ["run", "precision", *versions("again", "turned", queries=False), *_PRECISION],
        "quickstart": ["run", "quickstart", "dataset.limit=120"],
        "selftest": ["selftest", "--faults", "same,permuted rows,rotation,missing items"],
    }  # fmt: skip


def scifact(folder: Path) -> dict[str, list[str]]:
    """The same for a folder that holds SciFact in several versions."""
    base = folder / "embeddings"

    def versions(*names: str) -> list[str]:
        given = [
            "--reference",
            f"{base}/minilm-fp32.docs.npy",
            "--reference-queries",
            f"{base}/minilm-fp32.queries.npy",
        ]
        for name in names:
            given += ["--candidate", f"{name}={base}/minilm-{name}.docs.npy"]
            given += ["--candidate-queries", f"{name}={base}/minilm-{name}.queries.npy"]
        return [*given, "--ids", f"{base}/doc_ids.json", "--query-ids", f"{base}/query_ids.json"]

    qrels = ["--qrels", f"{folder}/qrels.tsv"]
    every = versions("bf16", "cls", "maxlen32", "cased")
    ann = ["run", "ann_recall", f"study.index={_INDEXES}", *_ANN]
    return {
        "scifact_shift": ["run", "neighbor_shift", *every, *qrels],
        "scifact_drift": ["run", "drift", *every, *qrels, "--gate"],
        "scifact_ann": [*ann, *versions("maxlen32"), *qrels],
        "scifact_precision": ["run", "precision", *versions(), *qrels, *_PRECISION],
    }


def with_folder(arguments: list[str], out: Path) -> list[str]:
    """The arguments of one run that writes there, on this machine's CPU."""
    return [*arguments, "--out", str(out), *(_CPU if arguments[0] == "run" else [])]
