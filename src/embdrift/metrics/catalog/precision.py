"""What a number format costs: neighbors, scores, speed, and numbers that should be equal."""

from functools import partial

from embdrift.metrics.catalog.metric import Direction, IntervalKind, Level, Metric, Topic, Unit

_precision = partial(
    Metric, study="precision", better=Direction.lower, topic=Topic.precision, bounds=(0.0, None)
)  # fmt: skip
_share = partial(_precision, unit=Unit.share, bounds=(0.0, 1.0))

PRECISION: tuple[Metric, ...] = (
    _share(
        "overlap_as_listed",
        "Overlap@{k} as listed",
        "Overlap@k of the lists as the search gives them, ties decided by position and not by expectation.",
        better=Direction.higher,
        level=Level.k,
        interval=IntervalKind.share,
        resting=1.0,
    ),
    _share(
        "overlap_predicted",
        "Overlap@{k} expected from score errors",
        "1 − c λ σ / k per list, averaged: λ items per unit of score around rank k, σ the standard deviation "
        "of the list's score errors, c from 0.564 to 0.399.",
        better=Direction.neither,
        level=Level.k,
        interval=IntervalKind.share,
        resting=1.0,
    ),
    _share(
        "boundary_ties_created",
        "New ties across rank {k}",
        "Share of the queries for which items straddle rank k with equal kept scores, and did not in float64.",
        level=Level.k,
        interval=IntervalKind.share,
    ),
    _precision(
        "lost_tie",
        "Lost to ties",
        "Lost neighbors that score in float64 exactly as much as an item that took their place.",
        better=Direction.neither,
        unit=Unit.count,
        level=Level.k,
    ),
    _precision(
        "lost_explained",
        "Lost and explained",
        "Lost neighbors that rounding can cost: inside the bound on the arithmetic of each pair (γ Σ|x y| for the "
        "sum, and the rounding of the kept score), given the codes that are stored.",
        unit=Unit.count,
        level=Level.k,
    ),
    _precision(
        "lost_unexplained",
        "Lost and unexplained",
        "Lost neighbors that neither a tie nor rounding explains: a fault in the stored codes or in the search. Raw "
        "codes and bits are another similarity, and their losses are not labeled.",
        unit=Unit.count,
        level=Level.k,
    ),
    _precision(
        "explained_by_components",
        "Explained by stored codes",
        "Explained losses that the rounding of the stored components costs by itself.",
        unit=Unit.count,
        level=Level.k,
    ),
    _precision(
        "explained_by_sums",
        "Explained by arithmetic",
        "Explained losses that take the rounding of sums or of kept scores.",
        unit=Unit.count,
        level=Level.k,
    ),
    _precision(
        "score_error_max",
        "Score error, largest",
        "Largest difference between a kept score and the certified float64 score of an old neighbor.",
    ),
    _precision(
        "score_error_mean",
        "Score error, mean",
        "Mean absolute difference between kept and certified float64 scores of old neighbors.",
    ),
    _precision(
        "score_error_rms",
        "Score error, rms",
        "Root mean square of the same differences.",
    ),
    _precision(
        "score_error_expected",
        "Score error, expected",
        "Root mean square that theory expects of these formats: 0.4246 of the unit roundoff per component, a "
        "step / √12 for whole numbers.",
        better=Direction.neither,
    ),
    _precision(
        "score_error_ulps_max",
        "Score error, last places, largest",
        "Largest score error in units of the last place of the kept format at the true score.",
        unit=Unit.ulps,
    ),
    _precision(
        "score_error_ulps_mean",
        "Score error, last places, mean",
        "Mean score error in units of the last place of the kept format at the true score.",
        unit=Unit.ulps,
    ),
    _share(
        "score_error_share_of_bound",
        "Score error, share of its bound",
        "Largest share that a score error takes of its own worst-case bound; above 1 the bound is broken.",
    ),
    _precision(
        "infinite_scores",
        "Infinite scores",
        "Kept scores that overflowed.",
        unit=Unit.count,
    ),
    _precision(
        "bytes_per_vector",
        "Bytes a vector",
        "What is kept per vector: codes, their own scale, and the original where the best are scored again with it.",
        better=Direction.neither,
        topic=Topic.cost,
        unit=Unit.bytes,
        resting=None,
    ),
    _precision(
        "queries_per_second",
        "Queries per second here",
        "Exhaustive search of this implementation on this device, selection included. A CPU decodes narrow formats to "
        "float32 first, so kernels made for them will be faster.",
        better=Direction.neither,
        topic=Topic.cost,
        unit=Unit.per_second,
        resting=None,
    ),
    _share(
        "run_to_run_equal",
        "Same when repeated",
        "Share of the queries whose neighbors and scores come out the same when the search is repeated.",
        better=Direction.higher,
        resting=1.0,
    ),
    _share(
        "batch_size_equal_scores",
        "Scores equal one query at a time",
        "Share of the queries whose scores are the same bits when each is searched alone.",
        better=Direction.higher,
        resting=1.0,
    ),
    _share(
        "batch_size_equal_neighbors",
        "Neighbors equal one query at a time",
        "Share of the queries whose neighbors are the same when each is searched alone.",
        better=Direction.higher,
        resting=1.0,
    ),
    _precision(
        "wrongly_stored",
        "Wrongly stored vectors",
        "Vectors whose stored codes are not what rounding the reference gives.",
        topic=Topic.numbers,
        unit=Unit.count,
    ),
    _share(
        "equal_rows",
        "Equal vectors",
        "Share of the vectors that are equal bit for bit.",
        better=Direction.higher,
        topic=Topic.numbers,
        resting=1.0,
    ),
    _share(
        "equal_values",
        "Equal values",
        "Share of the components that are equal bit for bit.",
        better=Direction.higher,
        topic=Topic.numbers,
        resting=1.0,
    ),
    _precision(
        "ulps_median",
        "Error in last places, median",
        "Median error of a component in units of the last place, of the narrower type of both versions, at "
        "the larger of the component and the root mean square of its vector.",
        topic=Topic.numbers,
        unit=Unit.ulps,
    ),
    _precision(
        "ulps_mean",
        "Error in last places, mean",
        "Mean error of a component in units of the last place, as for the median.",
        topic=Topic.numbers,
        unit=Unit.ulps,
    ),
    _precision(
        "ulps_max",
        "Error in last places, largest",
        "Largest error of a component in units of the last place, as for the median.",
        topic=Topic.numbers,
        unit=Unit.ulps,
    ),
    _precision(
        "relative_error_median",
        "Relative error, median",
        "Median over vectors of ‖new − old‖ / ‖old‖, after lengths were made equal where they differ.",
        topic=Topic.numbers,
    ),
    _precision(
        "relative_error_max",
        "Relative error, largest",
        "Largest over vectors of ‖new − old‖ / ‖old‖, after lengths were made equal where they differ.",
        topic=Topic.numbers,
    ),
    _precision(
        "length_ratio",
        "Length ratio",
        "Median over vectors of ‖new‖ / ‖old‖.",
        better=Direction.neither,
        topic=Topic.numbers,
        resting=1.0,
        unit=Unit.ratio,
    ),
    _precision(
        "standing_out",
        "Items that stand out",
        "Vectors whose relative error is above three times the median and above 16 float32 roundings.",
        topic=Topic.numbers,
        unit=Unit.count,
    ),
    _precision(
        "numeric_scale",
        "Numeric scale",
        "1 where the change is small and even: median relative error at most 0.02, largest at most three "
        "times the median; else 0.",
        better=Direction.higher,
        topic=Topic.numbers,
    ),
    _share(
        "as_if_stored",
        "As if stored",
        "Largest share, over formats, of the vectors that equal the rounding of the other version to that "
        "format; the note names the format.",
        better=Direction.neither,
        topic=Topic.numbers,
        resting=None,
    ),
)
