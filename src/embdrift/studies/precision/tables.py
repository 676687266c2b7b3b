"""Further tables of a precision study."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch

from embdrift.numerics import Label, LossCause, Lost, PrecisionCell, Provenance, RangeReport, fidelity, is_labeled
from embdrift.studies.engine.matching import Matching
from embdrift.studies.engine.recognize import Recognition, change_values, format_frame
from embdrift.studies.engine.study import CheckedSet
from embdrift.studies.precision.cost import Repeatability, Speed
from embdrift.studies.precision.reference import ReferenceNeighbors
from embdrift.types import Array, Floats, Positions

IDS_SHOWN = 5
NUMERIC = [
    "candidate", "set", "verdict", "slip", "length_ratio", "equal_rows", "equal_values", "ulps_median", "ulps_mean",
    "ulps_max", "ulps_format", "relative_error_median", "relative_error_max", "standing_out", "swapped", "as_if",
    "wrongly_stored", "n",
]  # fmt: skip


def cell_frame(
    cell: PrecisionCell, *, name: str, searched: int, kept: int, device: torch.device, note: str
) -> pd.DataFrame:
    """The definition and storage of a cell, in one row.

    Args:
        cell: the cell
        name: what it is called
        searched: bytes per vector of what is searched
        kept: bytes per vector of all that is kept
        device: where scores are computed
        note: why it was not measured; empty where it was
    """
    return pd.DataFrame(
        [
            {
                "candidate": name,
                "storage": cell.storage.value,
                "arithmetic": cell.arithmetic.value,
                "kept": cell.kept.value,
                "query": cell.query.value,
                "rescore": cell.rescore or 0,
                "rescore_with": cell.rescore_with.value if cell.rescore else "",
                "fidelity": fidelity(cell, device=device).value,
                "labelled": is_labeled(cell),
                "bytes_searched": searched,
                "bytes_kept": kept,
                "measured": not note,
                "note": note,
            }
        ]
    )


def lost_frame(lost: Lost, scope: ReferenceNeighbors, *, name: str, count: int) -> pd.DataFrame:
    """Some lost neighbors, the unexplained first; those without an explanation are never left out for ties.

    Args:
        lost: all of them
        scope: whose
        name: the candidate
        count: how many to list
    """
    order = np.argsort(-lost.labels.astype(np.int64), kind="stable")[:count]
    queries, items = lost.queries[order], lost.items[order]
    true = scope.true_scores(queries, items[:, None])[:, 0] if len(order) else np.empty(0)
    names = scope.version.corpus.ids[scope.item_rows[items]]
    return pd.DataFrame(
        {
            "scope": scope.name,
            "candidate": name,
            "item": scope.ids[queries].astype(str),
            "lost": names.astype(str),
            "old_rank": lost.ranks[order] + 1,
            "label": [Label(value).name for value in lost.labels[order]],
            "cause": [LossCause(value).name for value in lost.causes[order]],
            "true_score": true,
        }
    )


def range_frame(found: RangeReport, checked: CheckedSet, *, name: str, what: str) -> pd.DataFrame:
    """Values outside a format's range, one row per kind of overflow.

    Args:
        found: what was found
        checked: the vectors
        name: the candidate
        what: "corpus" or "queries"
    """
    rows = [
        {"problem": problem, "vectors": len(at), "share": len(at) / checked.n, "ids": _ids(checked, at)}
        for problem, at in (
            ("overflow", found.overflow),
            ("vanished", found.vanished),
            (f"squared length beyond {found.norm_format}", found.norm_overflow),
        )
        if len(at)
    ]
    if found.underflow_share:
        rows.append({"problem": "numbers that become zero", "vectors": 0, "share": found.underflow_share, "ids": ""})
    frame = pd.DataFrame(rows, columns=["problem", "vectors", "share", "ids"])
    frame.insert(0, "set", what)
    frame.insert(0, "candidate", name)
    return frame


def _ids(checked: CheckedSet, rows: Positions) -> str:
    shown = ", ".join(checked.ids[rows[:IDS_SHOWN]].astype(str).tolist())
    return shown + (", …" if len(rows) > IDS_SHOWN else "")


def provenance_frame(
    found: Provenance, rows: Positions, ids: Array, *, name: str, what: str, holds: dict[int, str], count: int
) -> pd.DataFrame:
    """The stored rows that are not what they should be.

    Args:
        found: which, by place
        rows: shape (n,), the file row of each place
        ids: shape (n,), the id of each place
        name: the candidate
        what: "corpus" or "queries"
        holds: place -> the id whose vector it holds instead
        count: how many to list
    """
    at = found.rows[:count]
    return pd.DataFrame(
        {
            "candidate": name,
            "set": what,
            "row": rows[at],
            "id": ids[at].astype(str),
            "dimension": found.dimensions[:count],
            "differing": found.differing[:count],
            "expected": found.expected[:count],
            "found": found.found[:count],
            "holds_id": [holds.get(int(place), "") for place in at],
        }
    )


def cost_frames(
    speed: Speed, repeatability: Repeatability, scope: ReferenceNeighbors, *, name: str
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Times and sameness of a cell, with the names of their tables."""
    about = {"scope": scope.name, "candidate": name}
    yield (
        "speed",
        pd.DataFrame(
            [
                about
                | {
                    "queries": speed.queries,
                    "items": len(scope.item_rows),
                    "repeats": len(speed.seconds),
                    "seconds_min": min(speed.seconds),
                    "seconds_median": float(np.median(speed.seconds)),
                    "seconds_max": max(speed.seconds),
                    "queries_per_second": speed.per_second,
                }
            ]
        ),
    )
    yield (
        "determinism",
        pd.DataFrame(
            [
                about
                | {
                    "queries": repeatability.queries,
                    "repeats": len(speed.seconds),
                    "same": repeatability.same,
                    "single_queries": repeatability.single_queries,
                    "single_scores": repeatability.single_scores,
                    "single_neighbors": repeatability.single_neighbors,
                    "single_difference": repeatability.single_difference,
                }
            ]
        ),
    )


def change_frames(
    found: Recognition, checked: CheckedSet, matching: Matching, *, name: str, what: str, count: int
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Tables about the numbers of one set of a candidate, with their names.

    Args:
        found: how it differs from the reference
        checked: the candidate's vectors
        matching: which rows hold the same item
        name: the candidate
        what: "corpus" or "queries"
        count: items to list
    """
    change = found.change
    holds = {
        int(row): str(matching.ids[owner]) for row, owner in zip(found.swapped.rows, found.swapped.owners, strict=True)
    }
    yield "numeric", pd.DataFrame([_numeric_row(found, name=name, what=what)], columns=NUMERIC)
    yield "formats", format_frame(found, name=name, what=what)
    yield "standing_out", _standing_out(change.errors, found, matching, name=name, what=what, holds=holds, count=count)
    yield (
        "provenance",
        provenance_frame(
            found.wrong, matching.candidate_rows, matching.ids, name=name, what=what, holds=holds, count=count
        ),
    )


def _numeric_row(found: Recognition, *, name: str, what: str) -> dict[str, object]:
    change = found.change
    about = {"candidate": name, "set": what, "verdict": change.verdict.value, "slip": change.slip.value}
    return {
        **about,
        **change_values(change),
        "ulps_format": change.ulps_format,
        "swapped": len(found.swapped.rows),
        "as_if": "" if found.storage is None else found.storage.value,
        "wrongly_stored": len(found.wrong.rows),
        "n": len(change.errors),
    }


def _standing_out(
    errors: Floats, found: Recognition, matching: Matching, *, name: str, what: str, holds: dict[int, str], count: int
) -> pd.DataFrame:
    at = found.change.standing_out[:count]
    median = found.change.median
    return pd.DataFrame(
        {
            "candidate": name,
            "set": what,
            "row": matching.candidate_rows[at],
            "id": matching.ids[at].astype(str),
            "relative_error": errors[at],
            "times_median": errors[at] / median if median > 0 else np.full(len(at), np.inf),
            "holds_id": [holds.get(int(place), "") for place in at],
        }
    )
