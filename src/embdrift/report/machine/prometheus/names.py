"""Names of metrics: each begins with `embdrift_`, counts in base units, and means one thing."""

import re

from embdrift.metrics.catalog import Unit, metric_named

PREFIX = "embdrift_"
RUN_INFO = f"{PREFIX}run_info"
RUN_TIMESTAMP = f"{PREFIX}run_timestamp_seconds"
DROPPED = f"{PREFIX}dropped_series"
UNDEFINED = f"{PREFIX}undefined_figures"
VERDICT = f"{PREFIX}verdict"
AXIS = f"{PREFIX}axis"
RULE_OUTCOME = f"{PREFIX}rule_outcome"
RULE_VALUE = f"{PREFIX}rule_value"
RULE_LIMIT = f"{PREFIX}rule_limit"
TOP1_SIMILARITY = f"{PREFIX}top1_similarity"
NORM_RATIO = f"{PREFIX}norm_ratio"

HELP = {
    RUN_INFO: "How the run came about; always 1.",
    RUN_TIMESTAMP: "When the run was made, in seconds since 1970.",
    DROPPED: "Time series left out: cohort and other beyond the cap, duplicate because of equal labels.",
    UNDEFINED: "Figures without a value, which have no series; summary.csv says why.",
    VERDICT: "1 for the candidate's outcome, 0 for the others.",
    AXIS: "1 for how far the candidate moved on the axis (distribution, neighbors), 0 for the other answers.",
    RULE_OUTCOME: "1, with the rule's outcome as a label; rules that were not measured are left out.",
    RULE_VALUE: "The value that the rule compared.",
    RULE_LIMIT: "The limit that the rule compared with.",
    TOP1_SIMILARITY: "Cosine to the nearest other item (corpus) or to the best item (queries); a snapshot, no counter.",
    NORM_RATIO: "Length of vectors over the reference's median length; a snapshot, no counter.",
}
SECONDS_PER_DAY = 86_400.0


def figure_name(metric: str) -> tuple[str, float]:
    """The name of a figure's metric, and what its value is multiplied with to be in base units.

    A figure called like one of embdrift's other metrics gets a name apart from it.

    >>> figure_name("overlap"), figure_name("index_age_median_days")
    (('embdrift_overlap', 1.0), ('embdrift_index_age_median_seconds', 86400.0))
    """
    words = re.sub(r"[^a-zA-Z0-9_]", "_", metric)
    in_days = metric_named(metric).unit is Unit.days
    name = PREFIX + (f"{words.removesuffix('_days')}_seconds" if in_days else words)
    scale = SECONDS_PER_DAY if in_days else 1.0
    return (f"{PREFIX}figure_{name.removeprefix(PREFIX)}" if name in HELP else name), scale
