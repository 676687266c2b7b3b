"""The items and queries that two versions share, in canonical order; samples and labels of them."""

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from embdrift.data import Items, align
from embdrift.errors import InputError
from embdrift.studies.engine.study import CheckedSet, QuerySet, Version
from embdrift.types import Array, Positions

IDS_SHOWN = 5
"""Ids listed as examples of those added or removed."""


def sample(ids: Array, size: int, seed: int) -> Positions:
    """Positions of `size` ids drawn at random (all where there are no more), ascending."""
    if size >= len(ids):
        return np.arange(len(ids))
    keys = np.array([hashlib.sha256(f"{seed}:{one}".encode()).digest()[:8] for one in ids.tolist()])
    return np.sort(np.argsort(keys, kind="stable")[:size])


@dataclass(frozen=True, eq=False)
class Matching:
    """The items, or the queries, of two versions, joined by id; excluded rows count as absent.

    Args:
        query_set: what is matched, and searches
        ids: shape (m,), shared ids in canonical order
        reference_rows: shape (m,), their rows in the reference
        candidate_rows: shape (m,), their rows in the candidate
        removed: reference rows without a partner, in the order of their ids
        added: candidate rows without a partner, in the order of their ids
        items: the shared corpus items that can be found; None where these are the items of this matching
    """

    query_set: QuerySet
    ids: Array
    reference_rows: Positions
    candidate_rows: Positions
    removed: Positions
    added: Positions
    items: "Matching | None" = None

    @property
    def m(self) -> int:
        """Number of shared items, or queries."""
        return len(self.ids)

    @property
    def corpus(self) -> "Matching":
        """The shared corpus items, all of them."""
        return self if self.items is None else self.items

    @property
    def n_corpus(self) -> int:
        """Shared items that each query could find."""
        return self.corpus.m - int(self.query_set is QuerySet.corpus)

    def reference_numbering(self, n: int, *, unshared: bool = False) -> Positions:
        """The shared number of each of the reference's rows, shape (n,).

        Args:
            n: rows of the reference
            unshared: number the rows without a partner too, each by itself; otherwise they are -1
        """
        return _numbering(n, self.reference_rows, self.removed if unshared else None, first=self.m)

    def candidate_numbering(self, n: int, *, unshared: bool = False) -> Positions:
        """The shared number of each of the candidate's rows, as `reference_numbering`."""
        return _numbering(n, self.candidate_rows, self.added if unshared else None, first=self.m + len(self.removed))

    def sampled(self, size: int | None, seed: int) -> "Matching":
        """A sample of those that search, in the whole shared corpus; all where `size` is None."""
        if size is None:
            return self
        chosen = sample(self.ids, size, seed)
        return replace(
            self,
            ids=self.ids[chosen],
            reference_rows=self.reference_rows[chosen],
            candidate_rows=self.candidate_rows[chosen],
            items=self.corpus,
        )


def _numbering(n: int, rows: Positions, alone: Positions | None, *, first: int) -> Positions:
    numbers = np.full(n, -1)
    numbers[rows] = np.arange(len(rows))
    if alone is not None:
        numbers[alone] = first + np.arange(len(alone))
    return numbers


def match_sets(
    reference: CheckedSet, candidate: CheckedSet, *, query_set: QuerySet = QuerySet.corpus, least: int = 2
) -> Matching:
    """Join two sets by id, without excluded rows.

    Raises:
        InputError: when fewer than `least` ids are shared
    """
    joined = align(reference, candidate)
    kept = ~np.isin(joined.reference_rows, reference.left_out) & ~np.isin(joined.candidate_rows, candidate.left_out)
    ids, old, new = joined.ids[kept], joined.reference_rows[kept], joined.candidate_rows[kept]
    if len(ids) < least:
        raise InputError(
            f"{reference.label} and {candidate.label} share {len(ids)} usable ids, and need at least {least}"
        )
    return Matching(query_set, ids, old, new, _alone(reference, old), _alone(candidate, new))


def _alone(checked: CheckedSet, shared: Positions) -> Positions:
    return checked.ordered_rows[~np.isin(checked.ordered_rows, shared)]


def match_versions(reference: Version, candidate: Version) -> list[Matching]:
    """What two versions share: always corpus items, and queries where both have them.

    Raises:
        InputError: when too few ids are shared, or only one version has queries
    """
    items = match_sets(reference.corpus, candidate.corpus)
    if (reference.queries is None) != (candidate.queries is None):
        without = candidate if candidate.queries is None else reference
        raise InputError(f"{without.name} has no queries but the version it is compared with has: give both or neither")
    if reference.queries is None or candidate.queries is None:
        return [items]
    queries = match_sets(reference.queries, candidate.queries, query_set=QuerySet.queries, least=1)
    return [items, replace(queries, items=items)]


def alignment_facts(reference: Version, candidate: Version, matching: Matching) -> dict[str, object]:
    """Numbers of ids shared, added and removed, with the first few of them."""
    old, new = (version.searching(matching.query_set) for version in (reference, candidate))
    return {
        "candidate": candidate.name,
        "scope": matching.query_set,
        "shared": matching.m,
        "added": len(matching.added),
        "removed": len(matching.removed),
        "added_examples": new.ids[matching.added[:IDS_SHOWN]].astype(str).tolist(),
        "removed_examples": old.ids[matching.removed[:IDS_SHOWN]].astype(str).tolist(),
    }


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
