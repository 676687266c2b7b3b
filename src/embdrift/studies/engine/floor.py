"""The noise floor: the figures if nothing but noise had changed."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from embdrift.data import fingerprint
from embdrift.data.blocks import row_blocks
from embdrift.data.memory_maps import gather
from embdrift.metrics import aligned_self_displacement, linear_cka_debiased, self_displacement
from embdrift.metrics.catalog import metric_named
from embdrift.metrics.interval import known_mean
from embdrift.progress import Silent
from embdrift.search import search_task
from embdrift.search.task import wide_rows
from embdrift.studies.engine.compare import Comparison, compare
from embdrift.studies.engine.matching import Matching, sample
from embdrift.studies.engine.study import CommonOptions, QuerySet, Version, search_depth
from embdrift.studies.engine.tables import NeighborTable, Tables
from embdrift.types import Array, Floats, Positions, Similarity

NOISE_BLOCK = 8192


def moved_by_a_rounding(vectors: torch.Tensor, rows: Positions, seed: int) -> torch.Tensor:
    """Each component moved to the next float32 number, up or down by the fall of a coin.

    Float64 components are rounded to float32 first; those that float32 cannot hold become infinite. The i-th of `rows`
    always gets the same coins, so that the copy does not depend on the order of rows in a file.

    Args:
        vectors: shape (n, d), floating point
        rows: shape (r,), the rows to copy, in shared order
        seed: of the coins
    Returns:
        float32, shape (r, d)
    """
    coins = np.random.Generator(np.random.Philox(seed))

    def blocks() -> Iterator[Array]:
        for start in range(0, len(rows), NOISE_BLOCK):
            with np.errstate(over="ignore", under="ignore"):
                exact = wide_rows(vectors, rows[start : start + NOISE_BLOCK]).astype(np.float32)
                up = coins.integers(0, 2, size=exact.shape, dtype=np.int8).astype(np.bool_)
                yield np.nextafter(exact, np.where(up, np.float32(np.inf), np.float32(-np.inf)))

    return torch.from_numpy(gather(blocks(), (len(rows), int(vectors.shape[1])), np.dtype(np.float32)))


def isotropic_noise(vectors: torch.Tensor, rows: Positions, cosines: Floats, seed: int) -> torch.Tensor:
    """Each vector turned in a random direction so far that it has a given cosine with itself; its length stays.

    Args:
        vectors: shape (n, d)
        rows: shape (r,), the rows to copy, in shared order
        cosines: shape (r,), cosine of each copy with its original; NaN leaves the vector as it is
        seed: of the directions
    Returns:
        float64 where the vectors are, else float32, shape (r, d)
    """
    dtype = np.dtype(np.float64 if vectors.dtype == torch.float64 else np.float32)
    random = np.random.Generator(np.random.Philox(seed))

    def blocks() -> Iterator[Array]:
        for start in range(0, len(rows), NOISE_BLOCK):
            original = wide_rows(vectors, rows[start : start + NOISE_BLOCK]).astype(np.float64)
            length = np.linalg.norm(original, axis=1, keepdims=True)
            unit = original / np.where(length > 0, length, 1.0)
            aside = random.standard_normal(unit.shape)
            aside -= (aside * unit).sum(axis=1, keepdims=True) * unit
            size = np.linalg.norm(aside, axis=1, keepdims=True)
            aside /= np.where(size > 0, size, 1.0)  # there is no aside in one dimension
            cosine = np.clip(np.nan_to_num(cosines[start : start + NOISE_BLOCK, None], nan=1.0), -1.0, 1.0)
            yield (length * (cosine * unit + np.sqrt(1 - cosine**2) * aside)).astype(dtype)

    return torch.from_numpy(gather(blocks(), (len(rows), int(vectors.shape[1])), dtype))


ROUNDING_ROWS = 1000
"""Rows that noise is measured on, against the whole corpus: enough for a standard error below 0.01."""

_FLOATS = (torch.float32, torch.float16, torch.bfloat16, torch.float64)


@dataclass(frozen=True, eq=False)
class Floor:
    """What noise alone does in one scope.

    Args:
        values: metric -> mean; metrics that are not there have no floor
        curve: shape (depth,), mean overlap at every depth; empty where there is no floor
        reason: why there is no floor, where there is none
    """

    values: dict[str, float] = field(default_factory=dict)
    curve: Floats = field(default_factory=lambda: np.empty(0))
    reason: str = ""

    def of(self, metric: str) -> float:
        """The floor of a metric, NaN where it has none."""
        return self.values.get(metric, float("nan"))

    def at(self, k: int) -> float:
        """The floor of overlap@k, NaN where it has none."""
        return float(self.curve[k - 1]) if k <= len(self.curve) else float("nan")


def floor_of(comparison: Comparison, geometry: dict[str, float]) -> Floor:
    """The floor that a comparison with noise amounts to."""
    # What is no measure of change has no floor.
    means = {
        name: known_mean(values) for name, values in comparison.values.items() if metric_named(name).resting is not None
    }
    return Floor(means | geometry, comparison.curve)


def rounding_floor(
    tables: Tables, reference: Version, query_set: QuerySet, table: NeighborTable, common: CommonOptions
) -> Floor:
    """What moving every component of the reference by one float32 rounding does.

    Args:
        tables: where to search
        reference: the version to move
        query_set: who searches
        table: its own neighbors
        common: k and seed
    """
    corpus, depth = reference.corpus, min(search_depth(common.k), table.found.depth)
    if corpus.vectors.dtype not in _FLOATS:
        kind = str(corpus.vectors.dtype).removeprefix("torch.")
        return Floor(reason=f"no floor: {kind} vectors have no float32 rounding")
    rows, numbering = reference.corpus.ordered_rows, reference.corpus.numbering
    moved = moved_by_a_rounding(corpus.vectors, rows, common.seed)
    chosen = _chosen(reference, query_set, table, common.seed)
    queries, who = None, numbering[chosen]
    if query_set is QuerySet.queries:
        queries = moved_by_a_rounding(reference.searching(query_set).vectors, chosen, common.seed + 1)
        who = np.arange(len(chosen))
    if not (_finite(moved) and (queries is None or _finite(queries))):
        return Floor(reason="no floor: the vectors leave the range of float32")
    noisy = _noisy_table(tables, moved, queries, who, metric=corpus.similarity, depth=depth, label="noise floor")
    old = replace(table, rows=chosen, depth=noisy.depth, n_corpus=noisy.n_corpus)
    both = compare(old, noisy, k=common.k, n_items=len(rows), progress=tables.progress)
    return floor_of(both, _moved_geometry(corpus.vectors, moved, rows) if query_set is QuerySet.corpus else {})


def _chosen(reference: Version, query_set: QuerySet, table: NeighborTable, seed: int) -> Positions:
    """The rows that noise is measured on: a sample of those that searched, in canonical order."""
    return table.rows[sample(reference.searching(query_set).ids[table.rows], ROUNDING_ROWS, seed)]


def _finite(vectors: torch.Tensor) -> bool:
    return all(bool(block.isfinite().all()) for _, block in row_blocks(vectors))


def _noisy_table(
    tables: Tables,
    corpus: torch.Tensor,
    queries: torch.Tensor | None,
    who: Positions,
    *,
    metric: Similarity,
    depth: int,
    label: str,
) -> NeighborTable:
    """The neighbours of chosen rows in a noisy copy of the reference, which is numbered as it lies.

    Args:
        tables: where to search
        corpus: shape (m, d), the noisy corpus in shared order
        queries: shape (q, d), noisy queries; None where the corpus searches itself
        who: the rows that search
        metric: of the reference
        depth: neighbours per row
        label: what progress calls it
    """
    found = len(corpus) - int(queries is None)
    order = np.sort(who)
    task = search_task(corpus, min(depth, found), queries=queries, rows=order, similarity=metric)
    content = fingerprint(corpus)
    table = tables.search(task, content, content if queries is None else fingerprint(queries), label)
    return NeighborTable(table, order, who, np.arange(len(corpus)), min(depth, found), found)


def _moved_geometry(vectors: torch.Tensor, moved: torch.Tensor, rows: Positions) -> dict[str, float]:
    order = np.arange(len(rows))
    return {
        "self_displacement": known_mean(self_displacement(vectors, moved, rows, order)),
        "aligned_self_displacement": known_mean(aligned_self_displacement(vectors, moved, rows, order)),
        "cka_debiased": linear_cka_debiased(vectors, moved, rows, order),
    }


def noise_equivalent(
    tables: Tables,
    reference: Version,
    matching: Matching,
    old: NeighborTable,
    cosines: tuple[Floats, Floats | None],
    *,
    common: CommonOptions,
) -> Floats:
    """Overlap with the reference if every vector had turned as far as it did, but in a random direction.

    Args:
        tables: where to search
        reference: the version to turn
        matching: the shared items, and who searches
        old: the reference's neighbours in shared numbering
        cosines: of each shared item with itself in the candidate, and of each query where queries search
        common: k and seed
    Returns:
        overlap@k of a sample of the queries
    """
    corpus = matching.corpus
    turned = isotropic_noise(reference.corpus.vectors, corpus.reference_rows, cosines[0], common.seed + 2)
    chosen = sample(matching.ids, ROUNDING_ROWS, common.seed)
    if matching.query_set is QuerySet.corpus:
        queries, who = None, old.numbering[old.rows[chosen]]
    else:
        assert cosines[1] is not None
        rows, who = matching.reference_rows[chosen], np.arange(len(chosen))
        queries = isotropic_noise(
            reference.searching(matching.query_set).vectors, rows, cosines[1][chosen], common.seed + 3
        )
    noisy = _noisy_table(
        tables, turned, queries, who,
        metric=reference.corpus.similarity, depth=common.k, label="noise of the same size",
    )  # fmt: skip
    both = compare(old.at(chosen), noisy, k=common.k, n_items=corpus.m, progress=Silent())
    return both.values["overlap"]
