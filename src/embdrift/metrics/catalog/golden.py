"""Golden pairs: what people say of two texts, and what the vectors say."""

from functools import partial

from embdrift.metrics.catalog.metric import TESTED, Direction, IntervalKind, Metric, Role, Topic, Unit

_golden = partial(Metric, study="drift", topic=Topic.golden)

GOLDEN: tuple[Metric, ...] = (
    _golden(
        "golden_spearman",
        "Golden pairs, Spearman",
        "Spearman's rank correlation between people's scores of golden pairs and the cosine of their vectors; the "
        "interval resamples pairs.",
        better=Direction.quality,
        bounds=(-1.0, 1.0),
        interval=IntervalKind.bootstrap,
        resting=1.0,
        own=True,
        derived=(Role.change,),
    ),
    _golden(
        "golden_pass_rate",
        "Golden pairs passed",
        "Share of golden pairs on their side of one cut-off, the same in every version: similar ones at or above it, "
        "dissimilar ones below; Wilson's interval.",
        better=Direction.quality,
        unit=Unit.share,
        interval=IntervalKind.wilson,
        own=True,
        derived=TESTED,
    ),
    _golden(
        "golden_broken",
        "Golden pairs broken",
        "Golden pairs that pass in the reference and fail in the candidate.",
        better=Direction.lower,
        unit=Unit.count,
        bounds=(0.0, None),
    ),
)
