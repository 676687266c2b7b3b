"""Which items two versions have in common."""

from dataclasses import dataclass

import numpy as np

from embdrift.errors import InputError
from embdrift.types import Array, EmbeddingSet, Positions


@dataclass(frozen=True, eq=False)
class Alignment:
    """Two versions joined by id.

    Args:
        ids: shape (shared,), the ids that both have, in ascending order (so that nothing depends on the order of rows)
        reference_rows: shape (shared,), where each of these stands in the reference
        candidate_rows: shape (shared,), where each of these stands in the candidate
        removed: reference rows that the candidate has no partner for, ascending
        added: candidate rows that the reference has no partner for, ascending
    """

    ids: Array
    reference_rows: Positions
    candidate_rows: Positions
    removed: Positions
    added: Positions

    @property
    def shared(self) -> int:
        """Number of items that both versions have."""
        return len(self.ids)


def align(reference: EmbeddingSet, candidate: EmbeddingSet) -> Alignment:
    """Join two versions by id, whatever the order of their rows; by row number where neither has ids.

    Whole numbers sort as numbers. Where one side has numbers and the other text, both count as text.

    Raises:
        InputError: when only one side has ids, neither has and the numbers of rows differ, or no id is shared
    """
    _require_comparable(reference, candidate)
    reference_ids, candidate_ids = _same_type(reference.ids, candidate.ids)
    partner = _rows_of(candidate_ids, reference_ids)  # (n reference,): candidate row or -1
    shared = np.flatnonzero(partner >= 0)
    if not len(shared):
        raise InputError(
            f"{reference.label} and {candidate.label} share no id: the first has ids such as "
            f"{reference_ids[0].item()!r}, the second {candidate_ids[0].item()!r}; give the files of "
            "ids that belong to them"
        )
    order = shared[np.argsort(reference_ids[shared], kind="stable")]
    unmatched = np.ones(len(candidate_ids), dtype=bool)
    unmatched[partner[shared]] = False
    return Alignment(
        ids=reference_ids[order],
        reference_rows=order.astype(np.int64),
        candidate_rows=partner[order],
        removed=np.flatnonzero(partner < 0).astype(np.int64),
        added=np.flatnonzero(unmatched).astype(np.int64),
    )


def _require_comparable(reference: EmbeddingSet, candidate: EmbeddingSet) -> None:
    if reference.has_ids != candidate.has_ids:
        having, lacking = (reference, candidate) if reference.has_ids else (candidate, reference)
        raise InputError(f"{having.label} has ids and {lacking.label} has none; give a file of ids for the latter")
    if not reference.has_ids and reference.n != candidate.n:
        raise InputError(
            f"{reference.label} has {reference.n:,} rows, {candidate.label} {candidate.n:,}, and neither has ids to "
            "join them by; give a file of ids for each"
        )


def _same_type(reference: Array, candidate: Array) -> tuple[Array, Array]:
    if reference.dtype.kind == candidate.dtype.kind:
        return reference, candidate
    return reference.astype(str), candidate.astype(str)


def _rows_of(ids: Array, wanted: Array) -> Positions:
    """The row of each wanted id among `ids`, -1 where it is missing."""
    import pandas as pd

    if ids.dtype.kind == "U":  # hashed as Python strings: several times faster than sorting them
        ids, wanted = ids.astype(object), wanted.astype(object)
    return np.asarray(pd.Index(ids).get_indexer(pd.Index(wanted)), dtype=np.int64)
