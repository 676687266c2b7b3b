"""Which documents two versions share, and so which kind of test can hold them against each other."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from embdrift.studies.drift.sides import Side
from embdrift.types import Array, Positions


@dataclass(frozen=True, eq=False)
class Documents:
    """The rows of two sides that tests compare.

    Args:
        paired: whether row i of both is one document
        reference: places in the reference side
        candidate: places in the candidate side
        note: which kind of test it is, and what it rests on
    """

    paired: bool
    reference: Positions
    candidate: Positions
    note: str


def documents_of(reference: Side, candidate: Side) -> Documents:
    """Pair two sides by id where at least half of the smaller one is shared; else keep every document on one side only.

    Without ids, rows of files of equal length hold the same documents. Below half, the documents that are shared all
    the same are dealt to the two sides in turn, since a test for independent sets must not see one of them on both.
    """
    partner = _partners(reference, candidate)
    shared = np.flatnonzero(partner >= 0)
    smaller = min(reference.m, candidate.m)
    if smaller and 2 * len(shared) >= smaller:
        return Documents(True, shared, partner[shared], f"paired test on {len(shared):,} shared items")
    old, new = np.ones(reference.m, np.bool_), np.ones(candidate.m, np.bool_)
    old[shared[1::2]] = False
    new[partner[shared[0::2]]] = False
    kept_old, kept_new = np.flatnonzero(old), np.flatnonzero(new)
    note = f"unpaired test of {len(kept_old):,} against {len(kept_new):,} items"
    return Documents(False, kept_old, kept_new, note)


def _partners(reference: Side, candidate: Side) -> Positions:
    """The candidate's place of each of the reference's documents, -1 where it has none, shape (m,)."""
    old, new = reference.checked, candidate.checked
    comparable = old.has_ids == new.has_ids and (old.has_ids or old.n == new.n)
    if not comparable:
        return np.full(reference.m, -1)
    ours, theirs = _keys(reference.ids, candidate.ids), _keys(candidate.ids, reference.ids)
    return np.asarray(pd.Index(theirs).get_indexer(pd.Index(ours)), np.int64)


def _keys(ids: Array, others: Array) -> Array:
    """Ids that can be looked up: numbers where both sides have numbers, else text."""
    return ids if ids.dtype.kind == others.dtype.kind != "U" else ids.astype(str).astype(object)
