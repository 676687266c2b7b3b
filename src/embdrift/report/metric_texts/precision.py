"""The metrics of the precision study."""

from embdrift.report.metric_texts.text import Better, MetricText, Topic


def _text(
    name: str,
    label: str,
    formula: str,
    *,
    better: Better = Better.lower,
    topic: Topic = Topic.precision,
    share: bool = False,
) -> MetricText:
    return MetricText(name, label, formula, better, topic, (0.0, 1.0 if share else None), share)


PRECISION: tuple[MetricText, ...] = (
    _text(
        "overlap_as_listed",
        "Overlap@{k} as listed",
        "Overlap@k of the lists as the search gives them, ties decided by position and not by expectation.",
        better=Better.higher,
        share=True,
    ),
    _text(
        "overlap_predicted",
        "Overlap@{k} expected from score errors",
        "1 − c λ σ / k per list, averaged: λ items per unit of score around rank k, σ the standard deviation "
        "of the list's score errors, c from 0.564 to 0.399.",
        better=Better.neither,
        share=True,
    ),
    _text(
        "boundary_ties_created",
        "New ties across rank {k}",
        "Share of the queries for which items straddle rank k with equal kept scores, and did not in float64.",
        share=True,
    ),
    _text(
        "lost_tie",
        "Lost to ties",
        "Lost neighbours that score in float64 exactly as much as an item that took their place.",
        better=Better.neither,
    ),
    _text(
        "lost_explained",
        "Lost and explained",
        "Lost neighbours that rounding can cost: inside the bound on the arithmetic of each pair, given the "
        "codes that are stored.",
    ),
    _text(
        "lost_unexplained",
        "Lost and unexplained",
        "Lost neighbours that neither a tie nor rounding explains: a fault in the stored codes or in the search.",
    ),
    _text(
        "explained_by_components",
        "Explained by stored codes",
        "Explained losses that the rounding of the stored components costs by itself.",
    ),
    _text(
        "explained_by_sums",
        "Explained by arithmetic",
        "Explained losses that take the rounding of sums or of kept scores.",
    ),
    _text(
        "score_error_max",
        "Score error, largest",
        "Largest difference between a kept score and the certified float64 score of an old neighbour.",
    ),
    _text(
        "score_error_mean",
        "Score error, mean",
        "Mean absolute difference between kept and certified float64 scores of old neighbours.",
    ),
    _text("score_error_rms", "Score error, rms", "Root mean square of the same differences."),
    _text(
        "score_error_expected",
        "Score error, expected",
        "Root mean square that theory expects of these formats: 0.4246 of the unit roundoff per component, a "
        "step / √12 for whole numbers.",
        better=Better.neither,
    ),
    _text(
        "score_error_ulps_max",
        "Score error, last places, largest",
        "Largest score error in units of the last place of the kept format at the true score.",
    ),
    _text(
        "score_error_ulps_mean",
        "Score error, last places, mean",
        "Mean score error in units of the last place of the kept format at the true score.",
    ),
    _text(
        "score_error_share_of_bound",
        "Score error, share of its bound",
        "Largest share that a score error takes of its own worst-case bound; above 1 the bound is broken.",
        share=True,
    ),
    _text("infinite_scores", "Infinite scores", "Kept scores that overflowed."),
    _text(
        "bytes_per_vector",
        "Bytes a vector",
        "What is kept per vector: codes, their own scale, and the original where the best are scored again with it.",
        better=Better.neither,
        topic=Topic.cost,
    ),
    _text(
        "queries_per_second",
        "Queries per second here",
        "Exhaustive search of this implementation on this device, selection included.",
        better=Better.neither,
        topic=Topic.cost,
    ),
    _text(
        "run_to_run_equal",
        "Same when repeated",
        "Share of the queries whose neighbours and scores come out the same when the search is repeated.",
        better=Better.higher,
        share=True,
    ),
    _text(
        "batch_size_equal_scores",
        "Scores equal one query at a time",
        "Share of the queries whose scores are the same bits when each is searched alone.",
        better=Better.higher,
        share=True,
    ),
    _text(
        "batch_size_equal_neighbors",
        "Neighbours equal one query at a time",
        "Share of the queries whose neighbours are the same when each is searched alone.",
        better=Better.higher,
        share=True,
    ),
    _text(
        "wrongly_stored",
        "Wrongly stored vectors",
        "Vectors whose stored codes are not what rounding the reference gives.",
        topic=Topic.numbers,
    ),
    _text(
        "equal_rows",
        "Equal vectors",
        "Share of the vectors that are equal bit for bit.",
        better=Better.higher,
        topic=Topic.numbers,
        share=True,
    ),
    _text(
        "equal_values",
        "Equal values",
        "Share of the components that are equal bit for bit.",
        better=Better.higher,
        topic=Topic.numbers,
        share=True,
    ),
    _text(
        "ulps_median",
        "Error in last places, median",
        "Median error of a component in units of the last place, of the narrower type of both versions, at "
        "the larger of the component and the root mean square of its vector.",
        topic=Topic.numbers,
    ),
    _text(
        "ulps_mean",
        "Error in last places, mean",
        "Mean error of a component in units of the last place, as for the median.",
        topic=Topic.numbers,
    ),
    _text(
        "ulps_max",
        "Error in last places, largest",
        "Largest error of a component in units of the last place, as for the median.",
        topic=Topic.numbers,
    ),
    _text(
        "relative_error_median",
        "Relative error, median",
        "Median over vectors of ‖new − old‖ / ‖old‖, after lengths were made equal where they differ.",
        topic=Topic.numbers,
    ),
    _text(
        "relative_error_max",
        "Relative error, largest",
        "Largest over vectors of ‖new − old‖ / ‖old‖, after lengths were made equal where they differ.",
        topic=Topic.numbers,
    ),
    _text(
        "length_ratio",
        "Length ratio",
        "Median over vectors of ‖new‖ / ‖old‖.",
        better=Better.neither,
        topic=Topic.numbers,
    ),
    _text(
        "standing_out",
        "Items that stand out",
        "Vectors whose relative error is above three times the median and above 16 float32 roundings.",
        topic=Topic.numbers,
    ),
    _text(
        "numeric_scale",
        "Numeric scale",
        "1 where the change is small and even: median relative error at most 0.02, largest at most three "
        "times the median; else 0.",
        better=Better.higher,
        topic=Topic.numbers,
    ),
    _text(
        "as_if_stored",
        "As if stored",
        "Largest share, over formats, of the vectors that equal the rounding of the other version to that "
        "format; the note names the format.",
        better=Better.neither,
        topic=Topic.numbers,
        share=True,
    ),
)
