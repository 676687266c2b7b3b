"""The metrics that tell one cause of movement from another."""

from embdrift.report.metric_texts.text import Better, MetricText, Topic

OWNERS: tuple[MetricText, ...] = (
    MetricText(
        "self_found",
        "Finds itself",
        "Share of the items whose new vector has no other item's old vector nearer than its own, in the space as it is "
        "or after the best rotation, whichever finds more; over at most 1,000 sampled items among all. Chance gives "
        "1 / N.",
        Better.higher,
        Topic.vectors,
        as_share=True,
    ),
    MetricText(
        "vector_of_another",
        "Holds another item's vector",
        "Share of the items that moved and whose new vector is what was another item's old vector, at a tenth of the "
        "distance to their own or less; over the same sample.",
        Better.lower,
        Topic.vectors,
        as_share=True,
    ),
    MetricText(
        "offset_share",
        "Common offset, share of movement",
        "|mean difference|² / mean |difference|² of new and old vectors as stored: 1 where one vector was added to "
        "all, about 1 / N where each moved at random.",
        Better.neither,
        Topic.vectors,
        as_share=True,
    ),
    MetricText(
        "offset_length",
        "Common offset, length",
        "Length of the mean difference of new and old vectors, in times of the old vectors' median length.",
        Better.neither,
        Topic.vectors,
        (0.0, None),
    ),
)
