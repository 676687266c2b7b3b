"""How the vectors themselves moved, what became of hubs, and what tells one cause of movement from another."""

from functools import partial

from embdrift.metrics.catalog.metric import Direction, IntervalKind, Level, Metric, Sizes, Topic, Unit

_NO_COSINE = "dimensions differ, or a vector is zero"


def _hubness_chance(sizes: Sizes) -> float:
    from embdrift.metrics import hubness_chance

    return hubness_chance(sizes.k, sizes.n_corpus, sizes.items) if sizes.k < sizes.n_corpus else float("nan")


def _one_in_all(sizes: Sizes) -> float:
    return 1 / sizes.items


_hubness = partial(Metric, study="neighbor_shift", topic=Topic.hubness, bounds=(None, None), level=Level.k)
_vectors = partial(Metric, study="neighbor_shift", topic=Topic.vectors)
_causes = partial(Metric, study="drift", topic=Topic.vectors)

HUBNESS: tuple[Metric, ...] = (
    _hubness(
        "hubness_reference",
        "Hubness, reference",
        "Skewness of how often each item appears in the others' top k.",
        source="Radovanović, Nanopoulos and Ivanović (2010)",
        chance=_hubness_chance,
        resting=None,
    ),
    _hubness(
        "hubness_candidate",
        "Hubness, candidate",
        "The same skewness for the candidate.",
        chance=_hubness_chance,
        resting=None,
    ),
    _hubness(
        "hubness_change",
        "Hubness change",
        "Candidate minus reference; above 0, fewer items crowd more of the result lists.",
        chance=0.0,
    ),
)

VECTORS: tuple[Metric, ...] = (
    _vectors(
        "self_displacement",
        "Self-displacement",
        "1 − cosine of an item's old and new vector, averaged; large when the space was merely rotated. Chance: the "
        "same for vectors dealt to items at random.",
        better=Direction.lower,
        bounds=(0.0, 2.0),
        interval=IntervalKind.mean,
        column=True,
        cohorts=True,
        undefined=_NO_COSINE,
        headline=5,
    ),
    _vectors(
        "aligned_self_displacement",
        "Self-displacement, aligned",
        "The same after the best rotation of the old space onto the new one (orthogonal Procrustes), fitted on "
        "other rows than those measured.",
        source="Schönemann (1966)",
        better=Direction.lower,
        bounds=(0.0, 2.0),
        interval=IntervalKind.mean,
        column=True,
        undefined=_NO_COSINE,
        headline=6,
    ),
    _vectors(
        "cka_debiased",
        "CKA, debiased",
        "Linear centered kernel alignment with the unbiased estimator of HSIC: similarity of all pairwise inner "
        "products; about 0 for unrelated vectors, 1 for equal ones. Blind to changes among near neighbors.",
        source="Song et al. (2012)",
        better=Direction.higher,
        bounds=(None, 1.0),
        chance=0.0,
        resting=1.0,
        headline=7,
    ),
)

CAUSES: tuple[Metric, ...] = (
    _causes(
        "self_found",
        "Finds itself",
        "Share of the items whose new vector has no other item's old vector nearer than its own, in the space as it is "
        "or after the best rotation, whichever finds more; over at most 1,000 sampled items among all. Chance gives "
        "1 / N.",
        better=Direction.higher,
        unit=Unit.share,
        interval=IntervalKind.share,
        chance=_one_in_all,
        resting=1.0,
    ),
    _causes(
        "vector_of_another",
        "Holds another item's vector",
        "Share of the items that moved and whose new vector was another item's old vector, at a tenth of the distance "
        "to their own or less; over the same sample.",
        better=Direction.lower,
        unit=Unit.share,
        interval=IntervalKind.share,
        chance=0.0,
    ),
    _causes(
        "offset_share",
        "Common offset, share of movement",
        "|mean difference|² / mean |difference|² of new and old vectors as stored: 1 where one vector was added to "
        "all, about 1 / N where each moved at random.",
        unit=Unit.share,
        chance=_one_in_all,
        resting=None,
    ),
    _causes(
        "offset_length",
        "Common offset, length",
        "Length of the mean difference of new and old vectors, as a multiple of the old vectors' median length.",
        unit=Unit.ratio,
        bounds=(0.0, None),
        resting=None,
    ),
)
