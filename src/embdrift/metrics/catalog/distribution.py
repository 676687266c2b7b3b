"""Distribution and geometry: what each version looks like, and each candidate against the reference."""

from functools import partial

from embdrift.metrics.catalog.metric import Direction, IntervalKind, Metric, Role, Topic, Unit

_own = partial(
    Metric, study="drift", topic=Topic.distribution, bounds=(0.0, None), own=True, cohorts=True
)  # fmt: skip
_against = partial(
    Metric, study="drift", topic=Topic.distribution, better=Direction.lower, bounds=(0.0, None), cohorts=True
)  # fmt: skip
_top1 = partial(_own, unit=Unit.cosine, bounds=(None, 1.0), interval=IntervalKind.order)
_share = partial(_own, better=Direction.lower, unit=Unit.share, bounds=(0.0, 1.0))

DISTRIBUTION: tuple[Metric, ...] = (
    _top1(
        "top1_similarity_median",
        "Top-1 similarity, median",
        "Median cosine of an item to the nearest other item, or of a query to its best item.",
    ),
    _top1(
        "top1_similarity_p5",
        "Top-1 similarity, 5th percentile",
        "The cosine that one in twenty items (or queries) does not reach with its nearest item.",
    ),
    _top1(
        "top1_similarity_p1",
        "Top-1 similarity, 1st percentile",
        "The cosine that one in a hundred items (or queries) does not reach with its nearest item.",
    ),
    _share(
        "share_below_threshold",
        "Poor matches",
        "Share of the items (or queries) whose nearest item has a cosine below the threshold: the one set, else the "
        "reference's 5th percentile, which makes it 5 % for the reference.",
        interval=IntervalKind.share,
        derived=(Role.change,),
    ),
    _own("norm_median", "Length, median", "Median Euclidean length of the vectors.", unit=Unit.length),
    _own(
        "effective_rank",
        "Effective rank",
        "exp of the entropy of the singular values of the centered directions: how many dimensions the vectors fill; 1 "
        "for a line, d for a ball.",
        source="Roy and Vetterli (2007)",
    ),
    _own(
        "anisotropy",
        "Anisotropy",
        "Share of the directions' variance along their first principal component; 1 / d for a ball, 1 for a line.",
        unit=Unit.share,
        bounds=(0.0, 1.0),
    ),
    _own(
        "mean_cosine",
        "Mean cosine",
        "Mean cosine over all pairs of two different items; 0 where directions are spread evenly.",
        unit=Unit.cosine,
        bounds=(-1.0, 1.0),
    ),
    _share("null_vectors", "Null vectors", "Share of the vectors that are all zero."),
    _share(
        "near_zero_vectors",
        "Near-zero vectors",
        "Share of the vectors that are not zero but shorter than a thousandth of the version's median length.",
    ),
    _share(
        "constant_vectors",
        "Constant vectors",
        "Share of the vectors whose components all equal one nonzero number.",
    ),
    _share(
        "duplicated_vectors",
        "Duplicated vectors",
        "Share of the vectors that would be dropped if every distinct vector were kept once.",
    ),
    _share(
        "norm_collapse",
        "Collapsed lengths",
        "Share of the vectors shorter than a tenth of the reference's median length.",
    ),
    _against(
        "similarity_kl",
        "Similarity histogram, KL",
        "Kullback-Leibler divergence Σ c ln(c / r) of the candidate's histogram of top-1 similarity from the "
        "reference's, in nats, in bins that the reference fills evenly.",
        unit=Unit.nats,
    ),
    _against(
        "similarity_js",
        "Similarity histogram, JS",
        "Jensen-Shannon divergence of the same histograms in nats, at most ln 2 = 0.693.",
        unit=Unit.nats,
        bounds=(0.0, 0.7),
    ),
    _against(
        "similarity_psi",
        "Similarity histogram, PSI",
        "Population stability index Σ (c − r) ln(c / r) of the same histograms.",
        unit=Unit.nats,
    ),
    _against(
        "norm_median_change",
        "Length, median, change",
        "The candidate's median length over the reference's, less 1; signed.",
        better=Direction.neither,
        unit=Unit.ratio,
        bounds=(None, None),
        chance=0.0,
    ),
    _against(
        "norm_kl",
        "Length histogram, KL",
        "Kullback-Leibler divergence of the histograms of lengths, as for similarities.",
        unit=Unit.nats,
    ),
    _against(
        "ks_rejected_share",
        "Dimensions rejected",
        "Share of the dimensions in which a two-sample Kolmogorov-Smirnov test distinguishes the versions, with the "
        "false discovery rate held to 5 %. Grows with the number of items: read it beside the largest gap.",
        source="Benjamini and Hochberg (1995)",
        unit=Unit.share,
        bounds=(0.0, 1.0),
        chance=0.0,
    ),
    _against(
        "ks_largest",
        "Largest gap of a dimension",
        "The greatest Kolmogorov-Smirnov distance over the dimensions, 0 … 1.",
        bounds=(0.0, 1.0),
    ),
    _against(
        "wasserstein_mean",
        "Wasserstein distance per dimension",
        "Mean over the dimensions of the Wasserstein distance, in standard deviations of the reference's dimension.",
        unit=Unit.deviations,
    ),
    _against(
        "mmd",
        "MMD²",
        "Squared maximum mean discrepancy under a Gaussian kernel, by random Fourier features; unbiased, so it can "
        "fall slightly below 0.",
        source="Gretton et al. (2012)",
        bounds=(None, None),
        interval=IntervalKind.error,
        chance=0.0,
        one_sided=True,
    ),
    _against(
        "mmd_p",
        "MMD², p",
        "p of the permutation test that both versions' vectors come from one distribution; with many items, tiny "
        "differences are significant, so read it beside the MMD² itself.",
        better=Direction.neither,
        unit=Unit.p_value,
        bounds=(0.0, 1.0),
        resting=1.0,
        role=Role.p_value,
        base="mmd",
    ),
    _against(
        "domain_auc",
        "Domain classifier, AUC",
        "Chance that a logistic regression ranks a candidate's vector above a reference's, for documents that it was "
        "not fitted on; 0.5 where nothing distinguishes the versions.",
        bounds=(0.0, 1.0),
        interval=IntervalKind.error,
        chance=0.5,
        resting=0.5,
        one_sided=True,
    ),
    _against(
        "domain_auc_p",
        "Domain classifier, p",
        "p of the test that nothing distinguishes the versions.",
        better=Direction.neither,
        unit=Unit.p_value,
        bounds=(0.0, 1.0),
        resting=1.0,
        role=Role.p_value,
        base="domain_auc",
    ),
)
