"""What an approximate index finds, what it costs, and what building it takes."""

from collections.abc import Iterator
from functools import partial

from embdrift.metrics.catalog.metric import Direction, IntervalKind, Level, Metric, Role, Topic, Unit

# Value and name of the change against the reference, per condition under which an index is searched.
_CONDITIONS = {
    "ann_recall": ("of the tuned index", "of the reference, at the setting tuned on the other half of the queries"),
    "ann_recall_transfer": ("trained anew", "of the candidate, the index trained on it, at the tuned setting"),
    "ann_recall_stale": ("old training", "of the candidate, its vectors put into the reference's tuned index"),
}
_NEAR_TIES = "Recall with every item counted as a tie whose score is within a small share of the distance at rank k,"
_SHARES = {
    "tie_aware": (
        "Recall@{k}, tie-aware",
        _NEAR_TIES,
        Direction.higher,
    ),
    "p1": ("Recall@{k}, 1st percentile", "Recall that 1 % of the queries do not exceed,", Direction.higher),
    "p5": ("Recall@{k}, 5th percentile", "Recall that 5 % of the queries do not exceed,", Direction.higher),
    "below_half": ("Recall@{k} below 0.5", "Share of queries with a recall below 0.5,", Direction.lower),
    "below_four_fifths": ("Recall@{k} below 0.8", "Share of queries with a recall below 0.8,", Direction.lower),
    "robustness": ("Recall@{k} good enough", "Share of queries with at least the threshold,", Direction.higher),
}
_COUNTED = (
    "Compared by id; an item that scores exactly as much as the k-th counts as the k-th. Averaged over queries and "
    "build seeds."
)
_MEDIAN = "Median over repetitions and build seeds on this machine,"
_COSTS = {
    "distances": (
        "Distances per query", "Vectors, codes or centroids compared per query, as faiss counts them,", Unit.count,
    ),
    "batch_qps": ("Queries per second, in a batch", _MEDIAN, Unit.per_second),
    "single_qps": ("Queries per second, one at a time", _MEDIAN, Unit.per_second),
}  # fmt: skip
_RATIOS = {
    "distances_ratio": ("distance computations", "Distance computations per query"),
    "time_ratio": ("time", "Time per query in a batch"),
}
_BUILDS = {
    "ann_build_seconds": ("Seconds to build", "Training and filling.", Unit.seconds),
    "ann_index_bytes": ("Index, bytes", "Size of the index when written to a file.", Unit.bytes),
    "ann_peak_memory_bytes": (
        "Peak memory while building, bytes", "The most that its process held beyond the libraries.", Unit.bytes,
    ),
    "ann_list_imbalance": (
        "List imbalance", "Lists × Σ size² / (Σ size)²: 1 is even, 2 doubles the work.", Unit.ratio,
    ),
}  # fmt: skip

_recall = partial(Metric, study="ann_recall", topic=Topic.neighbors, level=Level.k, resting=None)
_cost = partial(Metric, study="ann_recall", topic=Topic.cost, bounds=(0.0, None), resting=None)


def _at_operating_points() -> Iterator[Metric]:
    for base, (where, meaning) in _CONDITIONS.items():
        yield _recall(
            base, f"Recall@{{k}}, {where}", f"Share of the k exact nearest that the index found, {meaning}. {_COUNTED}",
            better=Direction.higher, interval=IntervalKind.share if base == "ann_recall" else IntervalKind.none,
            derived=() if base == "ann_recall" else (Role.change,),
        )  # fmt: skip
        for name, (label, text, better) in _SHARES.items():
            yield _recall(f"{base}_{name}", f"{label}, {where}", f"{text} {meaning}.", better=better)
        for name, (label, text, unit) in _COSTS.items():
            yield _cost(f"{base}_{name}", f"{label}, {where}", f"{text} {meaning}.", unit=unit, level=Level.k)


def _of_the_target() -> Iterator[Metric]:
    for stale, how in (("", "trained anew"), ("stale_", "old training")):
        for name, (label, text) in _RATIOS.items():
            yield _cost(
                f"equal_recall_{stale}{name}", f"Cost of the target in {label}, {how}",
                f"{text} to reach the target recall, relative to what the reference needs; {how}.",
                better=Direction.lower, unit=Unit.ratio, level=Level.k, chance=1.0, resting=1.0,
            )  # fmt: skip


def _of_builds() -> Iterator[Metric]:
    for name, (label, text, unit) in _BUILDS.items():
        yield _cost(name, label, f"{text} Median over build seeds, trained on the version itself.", unit=unit)


ANN_RECALL: tuple[Metric, ...] = (
    *_at_operating_points(),
    *_of_the_target(),
    _recall(
        "ann_recall_reseeded_change",
        "Recall@{k}, change between build seeds",
        "Recall of the reference's index with its later build seeds minus that with its earlier ones.",
        bounds=(-1.0, 1.0),
        interval=IntervalKind.bootstrap,
        chance=0.0,
        resting=0.0,
    ),
    *_of_builds(),
)
