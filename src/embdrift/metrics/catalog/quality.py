"""Retrieval quality by people's judgments."""

from functools import partial

from embdrift.metrics.catalog.metric import TESTED, Direction, IntervalKind, Level, Metric, Topic

# A version's own value says nothing about change: its paired change does.
_quality = partial(
    Metric,
    study="neighbor_shift", topic=Topic.judgments, better=Direction.quality, interval=IntervalKind.share, resting=None,
    own=True, derived=TESTED, undefined="queries without a relevant item",
)  # fmt: skip

QUALITY: tuple[Metric, ...] = (
    _quality(
        "ndcg",
        "nDCG@{k}",
        "Normalized discounted cumulative gain of the judged relevant items in the first k: gain is the relevance, the "
        "discount 1 / log2(rank + 1). Items of equal score are ranked by id, unless dataset.ties=averaged. Queries "
        "without a relevant item are left out.",
        source="trec_eval, through ir_measures",
        level=Level.k,
    ),
    _quality(
        "precision",
        "Precision@{k}",
        "Share of the first k that is judged relevant; unjudged items count as not relevant.",
        source="trec_eval, through ir_measures",
        level=Level.k,
    ),
    _quality(
        "rr",
        "MRR",
        "Reciprocal rank of the first judged relevant item, averaged.",
        source="trec_eval, through ir_measures",
        level=Level.depth,
    ),
    _quality(
        "recall",
        "Recall@{k}",
        "Share of the judged relevant items among the first k.",
        source="trec_eval, through ir_measures",
        level=Level.depth,
    ),
)
