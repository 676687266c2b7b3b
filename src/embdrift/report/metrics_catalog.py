"""What each metric is called for people, how it is defined, and which direction is better.

Tables and figures take their labels from here, so that they need to know columns only, not metrics.
"""

from dataclasses import dataclass
from enum import Enum

from embdrift.report.wording import number, percent


class Better(Enum):
    """Which direction is better, where there is one."""

    higher = "higher is closer to the reference"
    lower = "lower is closer to the reference"
    quality = "higher is better"
    neither = "neither direction is better by itself"


class Topic(Enum):
    """What a metric is computed from."""

    neighbors = "Neighbours"
    hubness = "Hubness"
    vectors = "Vectors"
    judgements = "Judged quality"


@dataclass(frozen=True)
class MetricText:
    """How one metric is named, defined and shown.

    Args:
        name: the name in `summary.csv`
        label: the name for people; `{k}` stands for the number of neighbours
        formula: the definition in words
        better: which direction is better
        topic: what it is computed from
        limits: the least and greatest value that an axis shows; None where there is no bound
        as_share: True where the value is a share that people read in per cent
    """

    name: str
    label: str
    formula: str
    better: Better
    topic: Topic
    limits: tuple[float | None, float | None] = (0.0, 1.0)
    as_share: bool = False

    def label_at(self, k: int | None) -> str:
        """The label for a number of neighbours; without one where the metric has none."""
        return self.label.format(k=k) if k is not None else self.label.replace("@{k}", "").replace("{k}", "k")

    def worded(self, value: float) -> str:
        """The value as sentences print it."""
        return percent(value) if self.as_share else number(value)


def _neighbors(name: str, label: str, formula: str, better: Better = Better.higher, share: bool = False) -> MetricText:
    return MetricText(name, label, formula, better, Topic.neighbors, as_share=share)


METRICS: tuple[MetricText, ...] = (
    _neighbors(
        "overlap",
        "Overlap@{k}",
        "Share of the k nearest neighbours that both versions have in common, averaged over the queries. Items tied "
        "across rank k count by their chance of being listed, p, as Σ pA pB / √(Σ pA² Σ pB²). Chance keeps k / (N − "
        "1).",
        share=True,
    ),
    _neighbors(
        "overlap_with_added_removed",
        "Overlap@{k} with added and removed ids",
        "Overlap@k of the lists as each version gives them, added and removed ids left in.",
        share=True,
    ),
    _neighbors(
        "noise_equivalent_overlap",
        "Noise-equivalent overlap@{k}",
        "Overlap@k that random movement in all directions would have kept, had it moved each vector as far on average "
        "as the candidate did. A comparison, not a noise floor.",
        Better.neither,
        share=True,
    ),
    _neighbors(
        "jaccard",
        "Jaccard@{k}",
        "Neighbours in both lists, divided by neighbours in either list, averaged over queries.",
    ),
    _neighbors(
        "rbo",
        "RBO",
        "Rank-biased overlap, extrapolated (Webber, Moffat and Zobel 2010): agreement of the two lists at every depth, "
        "with more weight near the top.",
    ),
    _neighbors(
        "top1_flip",
        "First hit changes",
        "Share of the queries whose nearest neighbour is another item; 1 − overlap@1, ties by expectation.",
        Better.lower,
        share=True,
    ),
    _neighbors(
        "r_nx", "R_NX@{k}", "Overlap@k with chance taken out: ((N − 1) overlap − k) / (N − 1 − k); 0 is chance."
    ),
    _neighbors("r_nx_area", "R_NX area", "Mean of R_NX over all k up to the depth searched, each k weighted by 1 / k."),
    MetricText(
        "rank_displacement",
        "Rank displacement",
        "How many ranks an old top-k neighbour moves; ranks beyond the depth searched count as depth + 1, so that "
        "the value is a lower bound.",
        Better.lower,
        Topic.neighbors,
        (0.0, None),
    ),
    _neighbors(
        "lost_beyond_depth",
        "Lost beyond the depth",
        "Share of the old top-k neighbours that the candidate does not list at all, to the depth searched.",
        Better.lower,
        share=True,
    ),
    _neighbors(
        "tie_exposure",
        "Ties across rank {k}",
        "Share of the queries for which items with exactly equal scores straddle rank k.",
        Better.neither,
        share=True,
    ),
    MetricText(
        "hubness_reference",
        "Hubness, reference",
        "Skewness of how often each item appears in the others' top k (Radovanović, Nanopoulos and Ivanović 2010).",
        Better.neither,
        Topic.hubness,
        (None, None),
    ),
    MetricText(
        "hubness_candidate",
        "Hubness, candidate",
        "The same skewness for the candidate.",
        Better.neither,
        Topic.hubness,
        (None, None),
    ),
    MetricText(
        "hubness_change",
        "Hubness change",
        "Candidate minus reference; above 0, fewer items crowd more of the result lists.",
        Better.neither,
        Topic.hubness,
        (None, None),
    ),
    MetricText(
        "self_displacement",
        "Self-displacement",
        "1 − cosine of an item's old and new vector, averaged; large when the space was merely turned.",
        Better.lower,
        Topic.vectors,
        (0.0, 2.0),
    ),
    MetricText(
        "aligned_self_displacement",
        "Self-displacement, aligned",
        "The same after the best rotation of the old space onto the new one (orthogonal Procrustes), fitted on "
        "other rows than those measured.",
        Better.lower,
        Topic.vectors,
        (0.0, 2.0),
    ),
    MetricText(
        "cka_debiased",
        "CKA, debiased",
        "Linear centred kernel alignment with the unbiased estimator of HSIC (Song et al. 2012): likeness of all "
        "pairwise inner products; about 0 for unrelated vectors, 1 for equal ones. Blind to changes among near "
        "neighbours.",
        Better.higher,
        Topic.vectors,
    ),
    MetricText(
        "ndcg",
        "nDCG@{k}",
        "Normalised discounted cumulative gain of the judged relevant items in the first k.",
        Better.quality,
        Topic.judgements,
    ),
    MetricText(
        "rr", "MRR", "Reciprocal rank of the first judged relevant item, averaged.", Better.quality, Topic.judgements
    ),
    MetricText(
        "recall",
        "Recall@{k}",
        "Share of the judged relevant items among the first k.",
        Better.quality,
        Topic.judgements,
    ),
)
CATALOG = {metric.name: metric for metric in METRICS}
CHANGE = "_change"


def metric_text(name: str) -> MetricText:
    """How a metric is named and shown; a paired change takes its metric's words, an unknown metric its own name."""
    known = CATALOG.get(name)
    if known:
        return known
    base = CATALOG.get(name.removesuffix(CHANGE))
    if base and name.endswith(CHANGE):
        formula = f"Candidate minus reference, query by query: {base.formula}"
        return MetricText(name, f"{base.label}, change", formula, base.better, base.topic, (-1.0, 1.0), base.as_share)
    words = name.replace("_", " ").replace("{", "(").replace("}", ")")
    return MetricText(
        name, words, "Not described in this version's catalogue.", Better.neither, Topic.neighbors, (None, None)
    )
