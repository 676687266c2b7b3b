"""The metrics of golden pairs, freshness and removal."""

from embdrift.report.metric_texts.text import Better, MetricText, Topic

FURTHER: tuple[MetricText, ...] = (
    MetricText(
        "golden_spearman",
        "Golden pairs, Spearman",
        "Spearman's rank correlation between what people said of golden pairs and the cosine of their vectors; the "
        "interval resamples pairs.",
        Better.quality,
        Topic.golden,
        (-1.0, 1.0),
    ),
    MetricText(
        "golden_pass_rate",
        "Golden pairs passed",
        "Share of golden pairs on their side of one cut-off, the same in every version: similar ones at or above it, "
        "dissimilar ones below; Wilson's interval.",
        Better.quality,
        Topic.golden,
        as_share=True,
    ),
    MetricText(
        "golden_broken",
        "Golden pairs broken",
        "Golden pairs that pass in the reference and fail in the candidate.",
        Better.lower,
        Topic.golden,
        (0.0, None),
    ),
    MetricText(
        "index_coverage",
        "Index coverage",
        "Share of the items that should be found (the table of items, removed ones left out) that the index holds.",
        Better.quality,
        Topic.freshness,
        as_share=True,
    ),
    MetricText(
        "index_age_median_days",
        "Index age, median (days)",
        "Days from the timestamps of the indexed items to the point in time that the note names; the median of them.",
        Better.neither,
        Topic.freshness,
        (None, None),
    ),
    MetricText(
        "index_age_p95_days",
        "Index age, 95th percentile (days)",
        "The 95th percentile of the same ages.",
        Better.neither,
        Topic.freshness,
        (None, None),
    ),
    MetricText(
        "removed_items_indexed",
        "Removed items in the index",
        "Items that were removed and whose vectors the index still holds; n of them were removed.",
        Better.neither,
        Topic.freshness,
        (0.0, None),
    ),
    MetricText(
        "removed_items_found",
        "Removed items found@{k}",
        "Removed items that come up in somebody's first k results; lists of removed items themselves are left out.",
        Better.neither,
        Topic.freshness,
        (0.0, None),
    ),
    MetricText(
        "removed_items_found_share",
        "Lists with a removed item@{k}",
        "Share of the lists of k results that hold at least one removed item.",
        Better.neither,
        Topic.freshness,
        as_share=True,
    ),
)
