"""The metrics of the ANN-recall study."""

from collections.abc import Iterator

from embdrift.report.metric_texts.text import Better, MetricText, Topic

_WHERE = {
    "ann_recall": ("of the tuned index", "of the reference, at the setting tuned on the other half of the queries"),
    "ann_recall_transfer": ("trained anew", "of the candidate, the index trained on it, at the tuned setting"),
    "ann_recall_stale": ("old training", "of the candidate, its vectors put into the reference's tuned index"),
}
_SHARES = {
    "tie_aware": (
        "recall@{k}, tie-aware",
        "Recall with near ties counted as ties,",
        Better.higher,
    ),
    "p1": ("Recall@{k}, 1 % quantile", "Recall that 1 % of the queries do not exceed,", Better.higher),
    "p5": ("Recall@{k}, 5 % quantile", "Recall that 5 % of the queries do not exceed,", Better.higher),
    "below_half": ("Recall@{k} below 0.5", "Share of queries with a recall below 0.5,", Better.lower),
    "below_four_fifths": ("Recall@{k} below 0.8", "Share of queries with a recall below 0.8,", Better.lower),
    "robustness": (
        "recall@{k} good enough",
        "Share of queries with at least the threshold,",
        Better.higher,
    ),
}
_COSTS = {
    "distances": ("Distances per query", "Vectors, codes or centroids compared per query, as faiss counts them,"),
    "batch_qps": ("Queries per second, in a batch", "Median over repetitions and build seeds on this machine,"),
    "single_qps": ("Queries per second, one at a time", "Median over repetitions and build seeds on this machine,"),
}
_RATIOS = {
    "distances_ratio": ("distance computations", "Distance computations per query"),
    "time_ratio": ("time", "Time per query in a batch"),
}
_BUILDS = {
    "ann_build_seconds": ("Seconds to build", "Training and filling."),
    "ann_index_bytes": ("Index, bytes", "Size of the index when written to a file."),
    "ann_peak_memory_bytes": ("Memory while building, bytes", "The most that its process held beyond the libraries."),
    "ann_list_imbalance": ("Imbalance of lists", "Lists × Σ size² / (Σ size)²: 1 is even, 2 doubles the work."),
}


def _every() -> Iterator[MetricText]:
    for base, (where, meaning) in _WHERE.items():
        formula = f"Share of the k exact nearest that the index found, {meaning}."
        yield MetricText(base, f"Recall@{{k}}, {where}", formula, Better.higher, Topic.neighbors)
        for name, (label, text, better) in _SHARES.items():
            yield MetricText(f"{base}_{name}", f"{label}, {where}", f"{text} {meaning}.", better, Topic.neighbors)
        for name, (label, text) in _COSTS.items():
            shown, formula = f"{label}, {where}", f"{text} {meaning}."
            yield MetricText(f"{base}_{name}", shown, formula, Better.neither, Topic.cost, (0.0, None))
    for stale, how in (("", "trained anew"), ("stale_", "old training")):
        for name, (label, text) in _RATIOS.items():
            formula = f"{text} to reach the target recall, in times of what the reference needs; {how}."
            metric, shown = f"equal_recall_{stale}{name}", f"Cost of the target in {label}, {how}"
            yield MetricText(metric, shown, formula, Better.lower, Topic.cost, (0.0, None))
    formula = "Recall of the reference's index with its later build seeds minus that with its earlier ones."
    label = "Recall@{k}, change between build seeds"
    yield MetricText("ann_recall_reseeded_change", label, formula, Better.neither, Topic.neighbors, (-1.0, 1.0))
    for metric, (label, text) in _BUILDS.items():
        formula = f"{text} Median over build seeds, trained on the version itself."
        yield MetricText(metric, label, formula, Better.neither, Topic.cost, (0.0, None))


ANN_RECALL: tuple[MetricText, ...] = tuple(_every())
