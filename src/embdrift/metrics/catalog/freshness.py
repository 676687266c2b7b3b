"""What an index holds of the items that it should hold, how old they are, and removed items that come up."""

from functools import partial

from embdrift.metrics.catalog.metric import Direction, IntervalKind, Level, Metric, Topic, Unit

_freshness = partial(Metric, study="drift", topic=Topic.freshness, own=True)

FRESHNESS: tuple[Metric, ...] = (
    _freshness(
        "index_coverage",
        "Index coverage",
        "Share of the items that should be found (the table of items, removed ones left out) that the index holds.",
        better=Direction.quality,
        unit=Unit.share,
        resting=1.0,
        cohorts=True,
    ),
    _freshness(
        "index_age_median_days",
        "Index age, median (days)",
        "Days from the timestamps of the indexed items to the point in time that the note names; the median of them.",
        unit=Unit.days,
        bounds=(None, None),
    ),
    _freshness(
        "index_age_p95_days",
        "Index age, 95th percentile (days)",
        "The 95th percentile of the same ages.",
        unit=Unit.days,
        bounds=(None, None),
    ),
    _freshness(
        "removed_items_indexed",
        "Removed items in the index",
        "Items that were removed and whose vectors the index still holds; n of them were removed.",
        unit=Unit.count,
        bounds=(0.0, None),
    ),
    _freshness(
        "removed_items_found",
        "Removed items found@{k}",
        "Removed items that appear in at least one list of k results; lists of removed items themselves are left out.",
        unit=Unit.count,
        bounds=(0.0, None),
        level=Level.k,
    ),
    _freshness(
        "removed_items_found_share",
        "Lists with a removed item@{k}",
        "Share of the lists of k results that hold at least one removed item.",
        unit=Unit.share,
        level=Level.k,
        interval=IntervalKind.wilson,
    ),
)
