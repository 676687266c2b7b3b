"""The figures of a precision run as tables."""

from math import isfinite

import embdrift.report.neighbor_shift.tables as shared
from embdrift.report.precision.run import cell_of, ladder
from embdrift.report.table import Cell, Reasons, Table, figure, table_of, words
from embdrift.report.wording import count, number, percent, scope_words
from embdrift.results import Measurement, SavedRun, rows_in
from embdrift.tables import (
    PRECISION_DETERMINISM,
    PRECISION_LOST,
    PRECISION_NUMERIC,
    PRECISION_PROVENANCE,
    PRECISION_RANGE,
    PRECISION_STANDING_OUT,
)

AXES = ("storage", "arithmetic", "kept")
WAY = "Way or version"
EXPLAINED = ("lost_tie", "explained_by_components", "explained_by_sums")


def ladder_table(run: SavedRun, scope: str) -> Table:
    """What each rung keeps, beside what it costs."""
    reasons = Reasons()
    rows = []
    for name in ladder(run):
        cell = cell_of(run, name)
        overlap = run.figures.get("overlap", scope, name)
        rows.append(
            [
                words(name, strong=True),
                *[words(cell[axis]) for axis in AXES],
                reasons.interval(overlap),
                reasons.value(run.figures.get("overlap_predicted", scope, name)),
                reasons.value(run.figures.get("boundary_ties_created", scope, name)),
                figure(count(cell["bytes_kept"])),
                figure(_rate(run.figures.get("queries_per_second", scope, name))),
                words(cell["fidelity"]),
            ]
        )
    heads = [
        "Way",
        "Stored",
        "Computed",
        "Kept",
        f"Overlap@{run.record.k}",
        "Expected from score errors",
        "New boundary ties",
    ]
    heads += ["Bytes a vector", "Queries per second here", "Arithmetic"]
    return table_of(scope_words(scope).title, heads, rows, reasons)


def _rate(found: Measurement) -> str:
    return f"{found.value:,.0f}" if found.defined else ""


def labels_table(run: SavedRun, scope: str) -> Table:
    """Why neighbours were lost, and how far scores are off."""
    reasons = Reasons()
    rows = [
        [
            words(name, strong=True),
            figure(_amount(run.figures.get("lost_tie", scope, name).n)),
            *[_count(run.figures.get(metric, scope, name), reasons) for metric in EXPLAINED],
            _loud(run.figures.get("lost_unexplained", scope, name), reasons),
            *[
                _error(run.figures.get(f"score_error_{kind}", scope, name))
                for kind in ("rms", "expected", "max", "ulps_max")
            ],
            _share(run.figures.get("score_error_share_of_bound", scope, name)),
        ]
        for name in _ways(run)
        if run.figures.get("overlap", scope, name).defined
    ]
    heads = [
        WAY,
        "Lost",
        "Ties",
        "By stored codes",
        "By arithmetic",
        "Unexplained",
        "Score error (rms)",
        "Expected",
    ]
    heads += ["Largest", "Largest, in last places", "Largest share of its bound"]
    return table_of(f"Why neighbours were lost: {scope_words(scope).title.lower()}", heads, rows, reasons)


def _count(found: Measurement, reasons: Reasons) -> Cell:
    return figure(count(found.value)) if found.defined else reasons.value(found)


def _loud(found: Measurement, reasons: Reasons) -> Cell:
    if not found.defined:
        return reasons.value(found)
    text = count(found.value)
    return Cell(f"{text}: a bug" if found.value else text, strong=found.value > 0, numeric=True)


def _error(found: Measurement) -> Cell:
    return figure(f"{found.value:.3g}" if found.defined else "")


def _share(found: Measurement) -> Cell:
    return figure(percent(found.value) if found.defined else "")


def _amount(value: float) -> str:
    return count(value) if isfinite(value) else ""


def quality_table(run: SavedRun, scope: str) -> Table:
    """Judged quality of each way, with the paired change."""
    return shared.quality_table(run.figures, _ways(run), scope, heads=(WAY, "Value"), changed=True)


def _ways(run: SavedRun) -> list[str]:
    return [*ladder(run), *run.record.candidates]


def numeric_table(run: SavedRun) -> Table:
    """How far the numbers of each candidate are from the reference's."""
    rows = [
        [
            words(row["candidate"], strong=True),
            words(scope_words(row["set"]).title),
            words(row["verdict"].replace("_", " ")),
            figure(percent(row["equal_rows"])),
            figure(percent(row["equal_values"])),
            figure(f"{row['ulps_median']:.3g} / {row['ulps_max']:.3g}"),
            figure(f"{row['relative_error_median']:.2e}"),
            figure(f"{row['relative_error_max']:.2e}"),
            figure(count(row["standing_out"])),
            words(row["as_if"]),
            words(row["slip"].replace("_", " ") if row["slip"] != "none" else ""),
        ]
        for row in rows_in(run.rows(PRECISION_NUMERIC))
    ]
    heads = ["Candidate", "Vectors", "Change", "Equal vectors", "Equal values", "Last places, median / largest"]
    heads += ["Relative error, median", "Largest", "Standing out", "As if stored in", "Lengths"]
    return table_of("Numbers of versions that should be equal", heads, rows)


def wrong_table(run: SavedRun, most: int = 20) -> Table:
    """Stored vectors that are not what rounding the reference gives."""
    rows = [
        [
            words(row["candidate"], strong=True),
            words(row["set"]),
            words(row["id"]),
            figure(f"{row['row']:.0f}"),
            figure(f"{row['dimension']:.0f}"),
            figure(f"{row['expected']:.6g}"),
            figure(f"{row['found']:.6g}"),
            figure(count(row["differing"])),
            words(row["holds_id"]),
        ]
        for row in rows_in(run.rows(PRECISION_PROVENANCE).head(most))
    ]
    heads = [WAY, "Vectors", "Id", "Row", "Dimension", "Should be", "Is", "Dimensions that differ"]
    return table_of(f"Wrongly stored vectors, at most {most}", [*heads, "Holds the vector of"], rows)


def standing_out_table(run: SavedRun, most: int = 20) -> Table:
    """Items whose numbers changed far more than those of the others."""
    rows = [
        [
            words(row["candidate"], strong=True),
            words(row["set"]),
            words(row["id"]),
            figure(f"{row['relative_error']:.3g}"),
            figure(f"{row['times_median']:.1f}" if isfinite(row["times_median"]) else ""),
            words(row["holds_id"]),
        ]
        for row in rows_in(run.rows(PRECISION_STANDING_OUT).groupby(["candidate", "set"], sort=False).head(most))
    ]
    heads = ["Candidate", "Vectors", "Id", "Relative error", "Times the median", "Holds the vector of"]
    return table_of(f"Items that stand out, at most {most} each", heads, rows)


def lost_table(run: SavedRun, most: int = 20) -> Table:
    """Lost neighbours that nothing explains."""
    rows = run.rows(PRECISION_LOST)
    shown = [
        [
            words(row["candidate"], strong=True),
            words(row["scope"]),
            words(row["item"]),
            words(row["lost"]),
            figure(f"{row['old_rank']:.0f}"),
            figure(number(row["true_score"], 6)),
        ]
        for row in rows_in(rows[rows["label"] == "unexplained"].head(most))
    ]
    heads = [WAY, "Scope", "Item or query", "Lost neighbour", "Its rank", "Its score"]
    return table_of(f"Unexplained losses, at most {most}: look for a bug", heads, shown)


def range_table(run: SavedRun) -> Table:
    """What leaves a format's range."""
    rows = [
        [
            words(row["candidate"], strong=True),
            words(row["set"]),
            words(row["problem"]),
            figure(count(row["vectors"]) if row["vectors"] else ""),
            figure(percent(row["share"])),
            words(row["ids"]),
        ]
        for row in rows_in(run.rows(PRECISION_RANGE))
    ]
    return table_of("What leaves a format's range", ["Way", "Vectors", "Problem", "Count", "Share", "Ids"], rows)


def repeat_table(run: SavedRun) -> Table:
    """Whether the same search gives the same again."""
    rows = [
        [
            words(row["candidate"], strong=True),
            words(row["scope"]),
            figure(percent(row["same"])),
            figure(percent(row["single_scores"])),
            figure(percent(row["single_neighbors"])),
            figure(f"{row['single_difference']:.2g}"),
        ]
        for row in rows_in(run.rows(PRECISION_DETERMINISM))
    ]
    heads = ["Way", "Scope", "Same when repeated", "Scores equal one query at a time", "Neighbours equal then"]
    return table_of("Repeated on this device", [*heads, "Largest difference of a score"], rows)


def every_figure(run: SavedRun, scope: str) -> Table:
    """Every figure over the whole scope, with what it rests on."""
    return shared.every_figure_table(run.figures, _ways(run), scope, called=WAY)


TERMS = (
    (
        "Stored, computed, kept",
        "The format of the stored vectors; the arithmetic that scores are computed in from what is stored; the format"
        " that finished scores are kept and compared in. float16, bfloat16 and TF32 arithmetic rounds components,"
        " multiplies them exactly and sums in float32.",
    ),
    (
        "Overlap@k",
        "Share of the k nearest by certified float64 scores that the way of storing and computing finds too; items tied"
        " across rank k count by their chance of being listed.",
    ),
    (
        "Arithmetic",
        "native: the device's own. exact: emulated, equal to the last bit. emulated: products are exact, but the order"
        " in which other hardware sums them is not known.",
    ),
)
DEFINED = (
    "overlap_as_listed", "overlap_predicted", "lost_tie", "lost_explained", "lost_unexplained", "score_error_max",
    "score_error_expected", "score_error_share_of_bound", "score_error_ulps_max", "ulps_median", "standing_out",
    "numeric_scale", "bytes_per_vector", "queries_per_second",
)  # fmt: skip
