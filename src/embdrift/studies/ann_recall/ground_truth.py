"""Checking a given file of neighbors against exact search."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from embdrift.data.vector_files import read_contents
from embdrift.errors import InputError
from embdrift.metrics.recall import recall, tie_tolerance
from embdrift.search import pair_scores
from embdrift.studies.ann_recall.prepare import QuerySample
from embdrift.studies.engine.study import CheckedSet, QuerySet, Version
from embdrift.studies.engine.tables import Tables
from embdrift.types import Array, Floats, Neighbors

LISTED = 1000
COLUMNS = ["query", "rank", "given", "ours", "given_score", "our_score", "note"]


@dataclass(frozen=True, eq=False)
class GroundTruthCheck:
    """The check of a given file of neighbors.

    Args:
        table: disagreements, one per given neighbor that is none, at most `LISTED`
        sentence: the result in one sentence
    """

    table: pd.DataFrame
    sentence: str


def read_neighbors(path: Path) -> Array:
    """Neighbors from a file: row i holds the corpus rows nearest to query i, int64, shape (q, k).

    Raises:
        InputError: when the file cannot be read or holds no whole numbers
    """
    column = "neighbors" if path.suffix.lower() in (".h5", ".hdf5") else None
    values: Floats = read_contents(path, column=column).vectors.to(torch.float64).numpy()
    if (values != np.round(values)).any() or values.min(initial=0) < -1:
        raise InputError(f"{path} must hold rows of the corpus as whole numbers from 0; name a file of neighbors")
    return values.astype(np.int64)


def check_ground_truth(path: Path, version: Version, queries: QuerySample, tables: Tables) -> GroundTruthCheck:
    """Hold a file of neighbors against exact search; neighbors that tie with the k-th are no disagreement.

    Args:
        path: the file; its rows are those of the version's query file (or items), its numbers rows of the corpus file
        version: the version that it belongs to
        queries: whether queries or items searched
        tables: where exact neighbors come from
    Raises:
        InputError: when it does not fit the version's files
    """
    given = read_neighbors(path)
    searching, corpus = version.searching(queries.scope), version.corpus
    if len(given) != searching.n or given.max(initial=0) >= corpus.n:
        raise InputError(
            f"{path} holds neighbors of {len(given):,} queries among {given.max(initial=0) + 1:,} or more items, and"
            f" {version.name} has {searching.n:,} queries and {corpus.n:,} items; give the file that"
            " belongs to it"
        )
    k = min(given.shape[1], len(corpus.taking_part) - (queries.scope is QuerySet.corpus))
    rows = searching.taking_part
    exact = tables.of(version, queries.scope, 3 * k, rows=rows).take(rows)
    # A file made from float32 distances cannot tell items apart that differ by less.
    tolerance = tie_tolerance(exact, k, similarity=corpus.similarity, share=2.0**-20)
    agree = recall(exact, given[rows], k, tolerance=tolerance)
    wrong = rows[agree < 1]
    found = list(islice(_disagreements(version, searching, given[:, :k], exact, rows=rows, wrong=wrong), LISTED))
    share = float(np.nanmean(agree)) if len(agree) else float("nan")
    sentence = (
        f"{path.name}: {len(rows) - len(wrong):,} of {len(rows):,} queries have the neighbors that exact search finds"
        f" at k = {k}; {share:.4%} of the neighbors agree"
    )
    return GroundTruthCheck(pd.DataFrame(found, columns=COLUMNS), sentence)


def _disagreements(
    version: Version, searching: CheckedSet, given: Array, exact: Neighbors, *, rows: Array, wrong: Array
) -> Iterator[dict[str, object]]:
    """One row per given neighbor that is none, beside one of ours that is missing."""
    corpus = version.corpus
    for row in wrong.tolist():
        ours = exact.positions[np.searchsorted(rows, row), : given.shape[1]]
        missing = ours[~np.isin(ours, given[row])]
        strange = np.flatnonzero(~np.isin(given[row], ours) | _repeats(given[row]))
        for rank, item in zip(strange.tolist(), missing.tolist(), strict=False):
            other = int(given[row, rank])
            scores = pair_scores(
                corpus.vectors,
                np.array([[max(other, 0), item]]),
                queries=searching.vectors,
                rows=np.array([row]),
                similarity=corpus.similarity,
            )[0]
            yield {
                "query": str(searching.ids[row]),
                "rank": rank + 1,
                "given": str(corpus.ids[other]) if other >= 0 else "",
                "ours": str(corpus.ids[item]),
                "given_score": float(scores[0]) if other >= 0 else float("nan"),
                "our_score": float(scores[1]),
                "note": _note(other, given[row, :rank]),
            }


def _repeats(given: Array) -> Array:
    """Whether each entry of a list was there before, bool."""
    repeated = np.ones(len(given), np.bool_)
    repeated[np.unique(given, return_index=True)[1]] = False
    return repeated


def _note(other: int, before: Array) -> str:
    if other < 0:
        return "fewer than k are given"
    return "given twice" if other in before else ""
