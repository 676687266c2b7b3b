"""The metrics of distribution and geometry."""

from embdrift.report.metric_texts.text import Better, MetricText, Topic

Limits = tuple[float | None, float | None]


def _text(
    name: str,
    label: str,
    formula: str,
    *,
    better: Better = Better.neither,
    limits: Limits = (0.0, None),
    share: bool = False,
) -> MetricText:
    return MetricText(name, label, formula, better, Topic.distribution, (0.0, 1.0) if share else limits, share)


OWN: tuple[MetricText, ...] = (
    _text(
        "top1_similarity_median",
        "Top-1 similarity, median",
        "Median cosine of an item to the nearest other item, or of a query to its best item.",
        limits=(None, 1.0),
    ),
    _text(
        "top1_similarity_p5",
        "Top-1 similarity, 5th percentile",
        "The cosine that one in twenty items (or queries) does not reach with its nearest item.",
        limits=(None, 1.0),
    ),
    _text(
        "top1_similarity_p1",
        "Top-1 similarity, 1st percentile",
        "The cosine that one in a hundred items (or queries) does not reach with its nearest item.",
        limits=(None, 1.0),
    ),
    _text(
        "share_below_threshold",
        "Poor matches",
        "Share of the items (or queries) whose nearest item has a cosine below the threshold: the one set, else the "
        "reference's 5th percentile, which makes it 5 % for the reference.",
        better=Better.lower,
        share=True,
    ),
    _text("norm_median", "Length, median", "Median Euclidean length of the vectors."),
    _text(
        "effective_rank",
        "Effective rank",
        "exp of the entropy of the singular values of the centred directions (Roy and Vetterli 2007): how many "
        "dimensions the vectors fill; 1 for a line, d for a ball.",
    ),
    _text(
        "anisotropy",
        "Anisotropy",
        "Share of the directions' variance along their first principal component; 1 / d for a ball, 1 for a line.",
        share=True,
    ),
    _text(
        "mean_cosine",
        "Mean cosine",
        "Mean cosine over all pairs of two different items; 0 where directions are spread evenly.",
        limits=(-1.0, 1.0),
    ),
    _text("null_vectors", "Null vectors", "Share of the vectors that are all zero.", better=Better.lower, share=True),
    _text(
        "near_zero_vectors",
        "Near-zero vectors",
        "Share of the vectors that are not zero but shorter than a thousandth of the version's median length.",
        better=Better.lower,
        share=True,
    ),
    _text(
        "constant_vectors",
        "Constant vectors",
        "Share of the vectors whose components are all one number other than zero.",
        better=Better.lower,
        share=True,
    ),
    _text(
        "duplicated_vectors",
        "Duplicated vectors",
        "Share of the vectors that would go if every vector were kept once.",
        better=Better.lower,
        share=True,
    ),
    _text(
        "norm_collapse",
        "Collapsed lengths",
        "Share of the vectors shorter than a tenth of the reference's median length.",
        better=Better.lower,
        share=True,
    ),
)

AGAINST: tuple[MetricText, ...] = (
    _text(
        "similarity_kl",
        "Similarity histogram, KL",
        "Kullback-Leibler divergence Σ c ln(c / r) of the candidate's histogram of top-1 similarity from the "
        "reference's, in nats, in bins that the reference fills evenly.",
        better=Better.lower,
    ),
    _text(
        "similarity_js",
        "Similarity histogram, JS",
        "Jensen-Shannon divergence of the same histograms in nats, at most ln 2 = 0.693.",
        better=Better.lower,
        limits=(0.0, 0.7),
    ),
    _text(
        "similarity_psi",
        "Similarity histogram, PSI",
        "Population stability index Σ (c − r) ln(c / r) of the same histograms.",
        better=Better.lower,
    ),
    _text(
        "norm_median_change",
        "Length, median, change",
        "The candidate's median length over the reference's, less 1; with its sign.",
        limits=(None, None),
    ),
    _text(
        "norm_kl",
        "Length histogram, KL",
        "Kullback-Leibler divergence of the histograms of lengths, as for similarities.",
        better=Better.lower,
    ),
    _text(
        "ks_rejected_share",
        "Dimensions rejected",
        "Share of the dimensions in which a two-sample Kolmogorov-Smirnov test tells the versions apart, with false "
        "discoveries held to 5 % (Benjamini and Hochberg 1995). Grows with the number of items: read it beside the "
        "largest gap.",
        better=Better.lower,
        share=True,
    ),
    _text(
        "ks_largest",
        "Largest gap of a dimension",
        "The greatest Kolmogorov-Smirnov distance over the dimensions, 0 … 1.",
        better=Better.lower,
        limits=(0.0, 1.0),
    ),
    _text(
        "wasserstein_mean",
        "Wasserstein distance per dimension",
        "Mean over the dimensions of the Wasserstein distance, in standard deviations of the reference's dimension.",
        better=Better.lower,
    ),
    _text(
        "mmd",
        "MMD²",
        "Squared maximum mean discrepancy under a Gaussian kernel (Gretton and others 2012), by random Fourier "
        "features; unbiased, so a little below 0 at times.",
        better=Better.lower,
        limits=(None, None),
    ),
    _text(
        "mmd_p",
        "MMD², p",
        "p of the permutation test that both versions' vectors come from one distribution; with many items, tiny "
        "differences are certain, so read it beside the MMD² itself.",
        limits=(0.0, 1.0),
    ),
    _text(
        "domain_auc",
        "Domain classifier, AUC",
        "Chance that a logistic regression ranks a candidate's vector above a reference's, for documents that it was "
        "not fitted on; 0.5 where nothing tells the versions apart.",
        better=Better.lower,
        limits=(0.0, 1.0),
    ),
    _text(
        "domain_auc_p",
        "Domain classifier, p",
        "p of the test that nothing tells the versions apart.",
        limits=(0.0, 1.0),
    ),
)

DRIFT = (*OWN, *AGAINST)
