"""The columns of the tables in a run folder, each table declared once: studies write by it, everybody reads by it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class TableColumns:
    """The columns of one table; those that are neither text nor flags hold numbers.

    Args:
        table: the table's name, `tables/NAME.csv`
        names: columns in the order of the file
        text: columns of text, in which "nan" and "null" are words
        flags: columns of true and false
        optional: columns that not every run has
    """

    table: str
    names: tuple[str, ...]
    text: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """Columns of numbers."""
        return tuple(name for name in self.names if name not in self.text and name not in self.flags)

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that every such table has."""
        return tuple(name for name in self.names if name not in self.optional)

    def frame(self, values: "Mapping[str, Any] | Iterable[Mapping[str, Any]]") -> "pd.DataFrame":
        """A table to be written.

        Args:
            values: one array, list or single value per column, or one mapping per row

        Raises:
            ValueError: when columns are missing or others than those declared
        """
        import pandas as pd

        rows = values if isinstance(values, Mapping) else list(values)
        found = list(rows) if isinstance(rows, Mapping) else list(dict.fromkeys(name for row in rows for name in row))
        self._check(found, empty=not rows)
        return pd.DataFrame(rows, columns=[name for name in self.names if name in found or name in self.required])

    def empty(self) -> "pd.DataFrame":
        """A table of no rows, with every column."""
        import pandas as pd

        kinds = dict.fromkeys(self.numbers, "float64") | dict.fromkeys(self.text, "str")
        kinds |= dict.fromkeys(self.flags, "bool")
        return pd.DataFrame({name: pd.Series([], dtype=kinds[name]) for name in self.names})

    def _check(self, found: Sequence[str], *, empty: bool) -> None:
        missing = [] if empty else [name for name in self.required if name not in found]
        undeclared = [name for name in found if name not in self.names]
        if missing or undeclared:
            raise ValueError(f"table {self.table}: columns missing {missing}, columns undeclared {undeclared}")


SUMMARY = TableColumns(
    "summary",
    ("study", "scope", "reference", "candidate", "cohort", "metric", "k", "value", "low", "high", "n", "chance",
     "floor", "note", "index", "search"),
    text=("study", "scope", "reference", "candidate", "cohort", "metric", "note", "index", "search"),
    optional=("index", "search"),
)  # fmt: skip
"""`summary.csv`; index and search setting stand there where a study has them."""

OVERLAP_PER_QUERY = TableColumns("per_query", ("scope", "candidate", "overlap"), text=("scope", "candidate"))
"""What a report draws of `per_query.parquet`, which holds a column for every value that was measured."""

# --- neighbor shift, and drift where it searches -----------------------------------------------------------------
OVERLAP_CURVE = TableColumns(
    "curve", ("scope", "candidate", "k", "overlap", "r_nx", "chance", "floor", "n"), text=("scope", "candidate")
)
DISPLACEMENT = TableColumns(
    "displacement",
    ("scope", "candidate", "old_rank", "new_rank_median", "new_rank_p95", "lost_share", "depth"),
    text=("scope", "candidate"),
)
HUBNESS = TableColumns("hubness", ("scope", "version", "low", "high", "items", "share"), text=("scope", "version"))
SCORES = TableColumns(
    "scores",
    ("scope", "candidate", "reference_score", "candidate_score", "kept"),
    text=("scope", "candidate"),
    flags=("kept",),
)
MOST_MOVED = TableColumns(
    "most_moved",
    ("scope", "candidate", "item", "item_text", "overlap", "side", "rank", "neighbor", "neighbor_text", "score",
     "shared"),
    text=("scope", "candidate", "item", "item_text", "side", "neighbor", "neighbor_text"),
    flags=("shared",),
)  # fmt: skip

# --- drift ---------------------------------------------------------------------------------------------------------
DISTRIBUTIONS = TableColumns(
    "distributions",
    ("scope", "version", "quantity", "low", "high", "items", "share"),
    text=("scope", "version", "quantity"),
)
HISTOGRAMS = TableColumns(
    "histograms",
    ("scope", "version", "quantity", "low", "high", "items", "sum"),
    text=("scope", "version", "quantity"),
)
GOLDEN_PAIRS = TableColumns(
    "golden_pairs",
    ("candidate", "a", "b", "grade", "similar", "reference_cosine", "candidate_cosine", "cut_off", "outcome"),
    text=("candidate", "a", "b", "outcome"),
)
MISSING_ITEMS = TableColumns(
    "missing_items", ("candidate", "id", "timestamp"), text=("candidate", "id", "timestamp")
)  # fmt: skip
REMOVED_ITEMS = TableColumns(
    "removed_items",
    ("scope", "candidate", "id", "lists", "best_rank", "found_by"),
    text=("scope", "candidate", "id", "found_by"),
)
CUT_OFFS = TableColumns(
    "thresholds",
    ("scope", "candidate", "pairs", "lists", "of_lists", "cut_off", "reference_pairs", "candidate_pairs",
     "reference_share", "candidate_share_unchanged", "same_share_cut_off", "same_share_passes", "judged_queries",
     "judged_pairs_passed", "reference_precision", "candidate_precision_unchanged", "same_precision_cut_off",
     "same_precision_reached", "same_precision_passes", "note"),
    text=("scope", "candidate", "pairs", "note"),
)  # fmt: skip

# --- ANN recall ----------------------------------------------------------------------------------------------------
ANN_CELLS = TableColumns(
    "cells",
    ("question", "version", "trained_on", "kind", "index", "seed", "state", "ran_on", "build_seconds", "index_bytes",
     "peak_memory_bytes", "imbalance", "kept", "note"),
    text=("question", "version", "trained_on", "kind", "index", "state", "ran_on", "note"),
    flags=("kept",),
)  # fmt: skip
ANN_LEFT_OUT = TableColumns("left_out", ("index", "search", "k", "note"), text=("index", "search", "note"))
ANN_CURVE = TableColumns(
    "curve",
    ("question", "version", "kind", "index", "search", "k", "recall", "recall_lowest_seed", "recall_highest_seed",
     "recall_tie_aware", "p1", "p5", "below_0.5", "below_0.8", "robustness", "distances", "batch_qps",
     "batch_qps_slowest", "batch_qps_fastest", "single_qps", "single_qps_slowest", "single_qps_fastest", "seeds", "n"),
    text=("question", "version", "kind", "index", "search"),
)  # fmt: skip
ANN_OPERATING_POINTS = TableColumns(
    "operating_points",
    ("index", "k", "target", "search", "best_tuning", "recall_tuning", "recall_reporting", "note"),
    text=("index", "search", "note"),
)
ANN_COMPARISONS = TableColumns(
    "comparisons",
    ("question", "candidate", "index", "search", "k", "recall_reference", "recall", "change", "low", "high", "p",
     "p_holm", "reseed", "verdict", "n", "note"),
    text=("question", "candidate", "index", "search", "verdict", "note"),
)  # fmt: skip
ANN_EQUAL_RECALL = TableColumns(
    "equal_recall",
    ("question", "version", "index", "k", "target", "state", "search", "best", "distances", "milliseconds",
     "distances_ratio", "time_ratio"),
    text=("question", "version", "index", "state", "search"),
)  # fmt: skip
ANN_DECISIONS = TableColumns(
    "decisions", ("candidate", "index", "k", "decision", "note"), text=("candidate", "index", "decision", "note")
)
ANN_DISTRIBUTION = TableColumns(
    "distribution",
    ("question", "version", "index", "k", "low", "queries", "share"),
    text=("question", "version", "index"),
)
ANN_MOST_LOST = TableColumns(
    "most_lost",
    ("question", "candidate", "index", "search", "k", "id", "text", "recall_reference", "recall", "change"),
    text=("question", "candidate", "index", "search", "id", "text"),
)
ANN_EXACT_OVERLAP = TableColumns("exact_overlap", ("candidate", "k", "overlap", "chance", "n"), text=("candidate",))
ANN_TIES = TableColumns("ties", ("version", "k", "tied_exactly", "tied_nearly", "n"), text=("version",))
ANN_GROUND_TRUTH = TableColumns(
    "ground_truth",
    ("query", "rank", "given", "ours", "given_score", "our_score", "note"),
    text=("query", "given", "ours", "note"),
)

# --- precision -----------------------------------------------------------------------------------------------------
PRECISION_CELLS = TableColumns(
    "cells",
    ("candidate", "storage", "arithmetic", "kept", "query", "rescore", "rescore_with", "fidelity", "labelled",
     "bytes_searched", "bytes_kept", "measured", "note"),
    text=("candidate", "storage", "arithmetic", "kept", "query", "rescore_with", "fidelity", "note"),
    flags=("labelled", "measured"),
)  # fmt: skip
PRECISION_LOST = TableColumns(
    "lost",
    ("scope", "candidate", "item", "lost", "old_rank", "label", "cause", "true_score"),
    text=("scope", "candidate", "item", "lost", "label", "cause"),
)
PRECISION_RANGE = TableColumns(
    "range",
    ("candidate", "set", "problem", "vectors", "share", "ids"),
    text=("candidate", "set", "problem", "ids"),
)
PRECISION_PROVENANCE = TableColumns(
    "provenance",
    ("candidate", "set", "row", "id", "dimension", "differing", "expected", "found", "holds_id"),
    text=("candidate", "set", "id", "holds_id"),
)
PRECISION_SPEED = TableColumns(
    "speed",
    ("scope", "candidate", "queries", "items", "repeats", "seconds_min", "seconds_median", "seconds_max",
     "queries_per_second"),
    text=("scope", "candidate"),
)  # fmt: skip
PRECISION_DETERMINISM = TableColumns(
    "determinism",
    ("scope", "candidate", "queries", "repeats", "same", "single_queries", "single_scores", "single_neighbors",
     "single_difference"),
    text=("scope", "candidate"),
)  # fmt: skip
PRECISION_NUMERIC = TableColumns(
    "numeric",
    ("candidate", "set", "verdict", "slip", "length_ratio", "equal_rows", "equal_values", "ulps_median", "ulps_mean",
     "ulps_max", "ulps_format", "relative_error_median", "relative_error_max", "standing_out", "swapped", "as_if",
     "wrongly_stored", "n"),
    text=("candidate", "set", "verdict", "slip", "ulps_format", "as_if"),
)  # fmt: skip
PRECISION_FORMATS = TableColumns(
    "formats", ("candidate", "set", "direction", "format", "share"), text=("candidate", "set", "direction", "format")
)
PRECISION_STANDING_OUT = TableColumns(
    "standing_out",
    ("candidate", "set", "row", "id", "relative_error", "times_median", "holds_id"),
    text=("candidate", "set", "id", "holds_id"),
)


def declarations() -> tuple[TableColumns, ...]:
    """Every table declared here."""
    return tuple(value for value in globals().values() if isinstance(value, TableColumns))
