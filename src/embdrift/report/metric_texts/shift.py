"""The metrics of neighbour shift."""

from embdrift.report.metric_texts.text import Better, MetricText, Topic


def _neighbors(name: str, label: str, formula: str, better: Better = Better.higher, share: bool = False) -> MetricText:
    return MetricText(name, label, formula, better, Topic.neighbors, as_share=share)


SHIFT: tuple[MetricText, ...] = (
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
        "Normalised discounted cumulative gain of the judged relevant items in the first k: gain is the relevance, the "
        "discount 1 / log2(rank + 1). Items of equal score are ranked by id, unless dataset.ties=averaged. Queries "
        "without a relevant item are left out.",
        Better.quality,
        Topic.judgements,
    ),
    MetricText(
        "precision",
        "Precision@{k}",
        "Share of the first k that is judged relevant; what nobody judged is not.",
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
