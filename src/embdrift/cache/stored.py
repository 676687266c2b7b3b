"""A finished table on disk: five arrays, and `table.json`, which is written last and says that they are whole."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from embdrift.files import whole_file
from embdrift.types import Array, Neighbors

FACTS = "table.json"

_SMALL_BYTES = 2**16


@dataclass(frozen=True)
class TableFacts:
    """What `table.json` says: neighbors per row, what each row could have found, and rows."""

    depth: int
    n_corpus: int
    rows: int


def write_facts(folder: Path, facts: TableFacts) -> None:
    """Declare the table whole."""
    with whole_file(folder / FACTS) as path:
        path.write_text(json.dumps(asdict(facts)))


def read_facts(folder: Path) -> TableFacts | None:
    """What the table says of itself, or None where it is not whole or its `table.json` is damaged."""
    try:
        given = json.loads((folder / FACTS).read_text())
        return TableFacts(int(given["depth"]), int(given["n_corpus"]), int(given["rows"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def open_table(folder: Path) -> Neighbors | None:
    """The table, memory-mapped, or None where a file is missing, cut short or of another shape."""
    facts = read_facts(folder)
    if facts is None:
        return None
    try:
        table = Neighbors(
            positions=_column(folder, "positions"),
            scores=_column(folder, "scores"),
            tied_beyond=_column(folder, "tied"),
            tie_starts=_column(folder, "tie_starts"),
            tie_positions=_column(folder, "tie_positions"),
            n_corpus=facts.n_corpus,
        )
    except (OSError, ValueError):
        return None
    whole = table.positions.shape == (facts.rows, facts.depth) and table.tie_starts[-1] == len(table.tie_positions)
    return table if whole else None


def _column(folder: Path, name: str) -> Array:
    path = folder / f"{name}.npy"
    # An empty array cannot be mapped, and a small one is not worth it.
    if path.stat().st_size > _SMALL_BYTES:
        return np.asarray(np.lib.format.open_memmap(path, mode="r"))
    with path.open("rb") as file:
        return np.asarray(np.lib.format.read_array(file, allow_pickle=False))
