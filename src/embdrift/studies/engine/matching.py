"""The items and queries that two versions share, in canonical order; samples and labels of them."""

import hashlib
from dataclasses import dataclass

import numpy as np

from embdrift.data import Alignment, Items, align
from embdrift.errors import InputError
from embdrift.studies.engine.study import CheckedSet, Version
from embdrift.types import Array, Positions

IDS_SHOWN = 5
"""Ids listed as examples of those added or removed."""


@dataclass(frozen=True, eq=False)
class Pairing:
    """The items (or queries) of two versions, joined by id; rows that take no part count as not there.

    Args:
        ids: shape (m,), shared ids in canonical order
        reference_rows: shape (m,), their rows in the reference
        candidate_rows: shape (m,), their rows in the candidate
        removed: reference rows without a partner, in the order of their ids
        added: candidate rows without a partner, in the order of their ids
    """

    ids: Array
    reference_rows: Positions
    candidate_rows: Positions
    removed: Positions
    added: Positions

    @property
    def m(self) -> int:
        """Number of shared items."""
        return len(self.ids)

    def numbering(self, n: int, *, side: str, strangers: bool) -> Positions:
        """The shared number of each row of one side.

        Args:
            n: rows of that side
            side: "reference" or "candidate"
            strangers: number the items that only one side has too, each by itself; otherwise they are -1
        Returns:
            shape (n,)
        """
        numbers = np.full(n, -1)
        rows, alone = self.reference_rows, self.removed
        first = self.m
        if side == "candidate":
            rows, alone, first = self.candidate_rows, self.added, self.m + len(self.removed)
        numbers[rows] = np.arange(self.m)
        if strangers:
            numbers[alone] = first + np.arange(len(alone))
        return numbers


def pair(reference: CheckedSet, candidate: CheckedSet, *, least: int) -> Pairing:
    """Join two sets by id and drop what takes no part.

    Raises:
        InputError: when fewer than `least` items are shared
    """
    joined = align(reference, candidate)
    kept = ~np.isin(joined.reference_rows, reference.left_out) & ~np.isin(joined.candidate_rows, candidate.left_out)
    ids, old, new = joined.ids[kept], joined.reference_rows[kept], joined.candidate_rows[kept]
    if len(ids) < least:
        raise InputError(
            f"{reference.label} and {candidate.label} share {len(ids)} usable ids, and need at least {least}"
        )
    return Pairing(
        ids=ids,
        reference_rows=old,
        candidate_rows=new,
        removed=_alone(reference, old),
        added=_alone(candidate, new),
    )


def _alone(checked: CheckedSet, shared: Positions) -> Positions:
    rows = np.setdiff1d(checked.taking_part, shared)
    return rows[np.argsort(checked.ids[rows], kind="stable")]


def canonical(checked: CheckedSet) -> tuple[Array, Positions]:
    """Ids of all items that take part, in canonical order, and their rows."""
    joined: Alignment = align(checked, checked)
    kept = ~np.isin(joined.reference_rows, checked.left_out)
    return joined.ids[kept], joined.reference_rows[kept]


def canonical_numbering(checked: CheckedSet) -> Positions:
    """The place of each row in canonical order, shape (n,); -1 for rows that take no part."""
    _, rows = canonical(checked)
    numbers = np.full(checked.n, -1)
    numbers[rows] = np.arange(len(rows))
    return numbers


@dataclass(frozen=True, eq=False)
class ScopePairing:
    """What is compared in one scope: who searches, and in which shared corpus.

    Args:
        scope: "corpus" or "queries"
        corpus: the items that can be found
        searching: who searches: the items themselves, or the queries
    """

    scope: str
    corpus: Pairing
    searching: Pairing

    @property
    def n_corpus(self) -> int:
        """Shared items that each query could find."""
        return self.corpus.m - int(self.scope == "corpus")


def alignment_facts(reference: Version, candidate: Version, pairing: ScopePairing) -> dict[str, object]:
    """How many ids two versions share in one scope, and which the other lacks, with the first few of them."""
    old, new = (version.corpus if pairing.scope == "corpus" else version.queries for version in (reference, candidate))
    assert old is not None
    assert new is not None
    joined = pairing.searching
    return {
        "candidate": candidate.name,
        "scope": pairing.scope,
        "shared": joined.m,
        "added": len(joined.added),
        "removed": len(joined.removed),
        "added_examples": new.ids[joined.added[:IDS_SHOWN]].astype(str).tolist(),
        "removed_examples": old.ids[joined.removed[:IDS_SHOWN]].astype(str).tolist(),
    }


def scopes_of(reference: Version, candidate: Version) -> list[ScopePairing]:
    """The scopes that two versions can be compared in: always the corpus, and queries where both have them.

    Raises:
        InputError: when too few ids are shared, or only one version has queries
    """
    corpus = pair(reference.corpus, candidate.corpus, least=2)
    scopes = [ScopePairing("corpus", corpus, corpus)]
    if (reference.queries is None) != (candidate.queries is None):
        without = candidate if candidate.queries is None else reference
        raise InputError(f"{without.name} has no queries but the version it is compared with has: give both or neither")
    if reference.queries is not None and candidate.queries is not None:
        scopes.append(ScopePairing("queries", corpus, pair(reference.queries, candidate.queries, least=1)))
    return scopes


def sample(ids: Array, size: int, seed: int) -> Positions:
    """Positions of `size` ids drawn at random (all where there are no more), ascending."""
    if size >= len(ids):
        return np.arange(len(ids))
    keys = np.array([hashlib.sha256(f"{seed}:{one}".encode()).digest()[:8] for one in ids.tolist()])
    return np.sort(np.argsort(keys, kind="stable")[:size])


def sampled(pairing: Pairing, size: int | None, seed: int) -> Pairing:
    """A pairing cut down to a sample of its shared items; None keeps all."""
    if size is None:
        return pairing
    chosen = sample(pairing.ids, size, seed)
    return Pairing(
        ids=pairing.ids[chosen],
        reference_rows=pairing.reference_rows[chosen],
        candidate_rows=pairing.candidate_rows[chosen],
        removed=pairing.removed,
        added=pairing.added,
    )


class Labels:
    """Cohorts and texts by id.

    Args:
        items: the table, where there is one
        texts: whether results may hold texts
    """

    def __init__(self, items: Items | None, *, texts: bool) -> None:
        self._items = items
        self._with_texts = texts

    def missing(self, ids: Array) -> int:
        """How many of these items a table lacks; none where there is no table."""
        return 0 if self._items is None else self._items.missing(ids)

    def cohorts(self, ids: Array) -> dict[str, Array]:
        """Column -> shape (q,), the cohort of each item as text, empty where it has none; without empty columns."""
        if self._items is None:
            return {}
        rows = self._items.for_ids(ids)
        columns = {name: rows[name].astype(object) for name in self._items.cohorts}
        labels = {name: column.where(column.notna(), "").astype(str) for name, column in columns.items()}
        return {name: column.to_numpy(object) for name, column in labels.items() if (column != "").any()}

    def texts(self, ids: Array) -> Array | None:
        """Shape (q,), the text of each item, empty where it has none; None where results may hold no texts."""
        if self._items is None or self._items.text is None or not self._with_texts:
            return None
        column = self._items.for_ids(ids)[self._items.text].astype(object)
        return column.where(column.notna(), "").astype(str).to_numpy(object)
