"""What the report reads of a run of the precision study."""

from typing import Any

from embdrift.results import SavedRun, rows_in
from embdrift.tables import PRECISION_CELLS


def ladder(run: SavedRun) -> list[str]:
    """The cells of the ladder, in the order given."""
    return [str(name) for name in run.rows(PRECISION_CELLS)["candidate"]]


def cell_of(run: SavedRun, name: str) -> dict[str, Any]:
    """What a cell of the ladder is."""
    frame = run.rows(PRECISION_CELLS)
    return next(rows_in(frame[frame["candidate"] == name]))
