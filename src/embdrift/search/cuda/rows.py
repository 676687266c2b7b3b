"""The rows of one side of a search: their norms, float16 rows and bounds, made block by block."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from embdrift.search.cuda.float16 import (
    Bound,
    Measured,
    Units,
    choose_units,
    half_rows,
    kernel_half,
    kernel_scale,
    make_bound,
)
from embdrift.search.cuda.operands import Kernels, Side
from embdrift.search.cuda.plan import spans
from embdrift.search.cuda.source import Source
from embdrift.search.soundness import require_sound
from embdrift.search.task import SearchTask
from embdrift.types import Similarity

# Float64 numbers at a time while rows are prepared: 256 MiB, and a few times as much for what is made of them.
_AT_ONCE = 2**25


@dataclass(frozen=True, eq=False)
class Block:
    """Some consecutive rows on the device, ready to be multiplied and to be scored.

    Args:
        begin: the first of them
        vectors: as they are stored, shape (m, d)
        norms: float64, shape (m,), their defined norms
        side: what the filter needs of them
    """

    begin: int
    vectors: torch.Tensor
    norms: torch.Tensor
    side: Side

    @property
    def end(self) -> int:
        """One past the last row."""
        return self.begin + len(self.vectors)

    def part(self, begin: int, end: int) -> "Block":
        """Rows `begin` to `end` of all, which must lie in the block."""
        at = slice(begin - self.begin, end - self.begin)
        return Block(begin, self.vectors[at], self.norms[at], self.side.part(at.start, at.stop))


@dataclass(frozen=True, eq=False)
class Items:
    """All rows of one side.

    Args:
        source: the vectors
        units: of the search
        measured: what is known of each
        corpus: they are found; else they only search
        rows: float16 rows of all, None where they are made again for each block
    """

    source: Source
    units: Units
    measured: Measured
    corpus: bool
    rows: torch.Tensor | None

    def __len__(self) -> int:
        return len(self.source)

    def points(self, index: torch.Tensor) -> torch.Tensor:
        """The float64 points of some rows, shape (m, d)."""
        return self.units.points(self.source.take(index), self.measured.norms[index], corpus=self.corpus)

    def blocks(self, pieces: list[tuple[int, int]], goal: "Goal | None" = None) -> Iterator[Block]:
        """The rows of each piece; with what a product must reach for them, where they search."""
        for begin, end, vectors in self.source.parts(pieces):
            measured = self.measured.part(begin, end)
            rows = None if self.rows is None else self.rows[begin:end]
            yield self._block(begin, vectors, measured, rows, None if goal is None else goal.part(begin, end))

    def chosen(self, index: torch.Tensor, goal: "Goal | None" = None) -> Block:
        """Some rows, in the order given, as a block that begins at 0; the goal is that of these rows."""
        rows = None if self.rows is None else self.rows[index]
        return self._block(0, self.source.take(index), self.measured.take(index), rows, goal)

    def _block(
        self,
        begin: int,
        vectors: torch.Tensor,
        measured: Measured,
        rows: torch.Tensor | None,
        goal: "Goal | None",
    ) -> Block:
        if rows is None:
            rows = make_rows(self.units, vectors, measured, corpus=self.corpus)
        scale = kernel_scale(self.units, measured.exponents)
        half = kernel_half(self.units, measured)
        # Rows that only are found have no goal, and the kernel reads none.
        goal = Goal(scale, scale) if goal is None else goal
        return Block(begin, vectors, measured.norms, Side(rows, goal.targets, scale, half, goal.errors))


@dataclass(frozen=True, eq=False)
class Goal:
    """What products must reach, as the kernel reads it; see `Side`."""

    targets: torch.Tensor
    errors: torch.Tensor

    def part(self, begin: int, end: int) -> "Goal":
        """That of rows `begin` to `end`."""
        return Goal(self.targets[begin:end], self.errors[begin:end])


def make_rows(units: Units, vectors: torch.Tensor, measured: Measured, *, corpus: bool) -> torch.Tensor:
    """The float16 rows of some vectors, piece by piece."""
    parts = []
    for begin, end in spans(0, len(vectors), _step(vectors)):
        points = units.points(vectors[begin:end], measured.norms[begin:end], corpus=corpus)
        parts.append(half_rows(points, measured.exponents[begin:end])[0])
    return torch.cat(parts)


def _step(vectors: torch.Tensor) -> int:
    return max(256, _AT_ONCE // vectors.shape[1])


def _pieces(source: Source, d: int) -> Iterator[tuple[int, int, torch.Tensor]]:
    return source.parts(spans(0, len(source), max(256, _AT_ONCE // d)))


def defined_norms(source: Source, d: int, kernels: Kernels) -> torch.Tensor:
    """The defined Euclidean norm of every row, float64."""
    parts = []
    for begin, end, vectors in _pieces(source, d):
        each = torch.arange(end - begin, dtype=torch.int32, device=vectors.device)
        parts.append(kernels.pair_sums(vectors, vectors, (each, each), distance=False))
    squared = torch.cat(parts)
    # Not torch's square root: on a CPU it is not always the nearest number, as the definition wants it.
    return torch.from_numpy(np.sqrt(squared.cpu().numpy())).to(squared.device)


def prepare_sides(
    task: SearchTask, corpus: Source, queries: Source | None, names: tuple[torch.Tensor, torch.Tensor], kernels: Kernels
) -> tuple[Items, Items, Bound]:
    """Both sides of a search, and the bound of the rows that search.

    Args:
        task: what is searched
        corpus: what is found
        queries: what searches, None where the corpus searches itself
        names: the row that a message names, for each row of the corpus and of the queries
        kernels: of the device
    Returns:
        what searches, what is found, and how far screened scores can be off
    Raises:
        InputError: when a vector holds NaN or infinity, or is zero under cosine
    """
    similarity, d = task.similarity, int(task.corpus.shape[1])
    column_norms, row_norms = defined_norms(corpus, d, kernels), None
    _require_sound(column_norms, "corpus", similarity, names[0])
    if queries is not None:
        row_norms = defined_norms(queries, d, kernels)
        _require_sound(row_norms, "query", similarity, names[1])
    units = _first_units(similarity, d, corpus, column_norms, row_norms)
    column_sizes = _sizes(units, corpus, column_norms, corpus=True)
    row_sizes = None if queries is None else _sizes(units, queries, row_norms, corpus=False)
    units = choose_units(units, column_sizes, row_sizes)
    columns = _measured(units, corpus, column_norms, column_sizes, corpus=True)
    if queries is None or row_norms is None or row_sizes is None:
        return columns, columns, make_bound(units, columns.measured, columns.measured)
    rows = _measured(units, queries, row_norms, row_sizes, corpus=False)
    return rows, columns, make_bound(units, rows.measured, columns.measured)


def _require_sound(norms: torch.Tensor, what: str, similarity: Similarity, names: torch.Tensor) -> None:
    named = names.cpu().numpy().astype(np.int64)
    require_sound(norms.cpu().numpy(), what, needs_direction=similarity is Similarity.cosine, rows=named)


def _first_units(
    similarity: Similarity, d: int, corpus: Source, column_norms: torch.Tensor, row_norms: torch.Tensor | None
) -> Units:
    centre = torch.zeros(d, dtype=torch.float64, device=column_norms.device)
    if similarity is Similarity.cosine:
        return Units(similarity, d, 0, 0, centre)
    power = _power(column_norms)
    if similarity is Similarity.inner_product:
        return Units(similarity, d, power, power if row_norms is None else _power(row_norms), centre)
    for _, _, vectors in _pieces(corpus, d):
        centre += (vectors.to(torch.float64) * 2.0**power).sum(0) / len(corpus)
    return Units(similarity, d, power, power, centre)


def _power(norms: torch.Tensor) -> int:
    longest = float(norms.max())
    return -int(np.ceil(np.log2(longest))) if longest > 0 else 0


def _sizes(units: Units, source: Source, norms: torch.Tensor | None, *, corpus: bool) -> torch.Tensor:
    """The lengths of the points of every row."""
    assert norms is not None
    if units.similarity is Similarity.cosine:
        return torch.ones_like(norms)
    if units.similarity is Similarity.inner_product:
        return norms * 2.0 ** (units.corpus_power if corpus else units.query_power)
    parts = []
    for begin, end, vectors in _pieces(source, units.d):
        points = units.points(vectors, norms[begin:end], corpus=corpus)
        parts.append(points.square().sum(1).sqrt())
    return torch.cat(parts)


def _measured(units: Units, source: Source, norms: torch.Tensor, sizes: torch.Tensor, *, corpus: bool) -> Items:
    exponents = units.exponents(sizes, searches_corpus=not corpus)
    rows, lengths, residuals = [], [], []
    for begin, end, vectors in _pieces(source, units.d):
        points = units.points(vectors, norms[begin:end], corpus=corpus)
        halves, length, residual = half_rows(points, exponents[begin:end])
        lengths.append(length)
        residuals.append(residual)
        if source.resident:
            rows.append(halves)
    measured = Measured(norms, sizes, exponents, torch.cat(lengths), torch.cat(residuals))
    return Items(source, units, measured, corpus, torch.cat(rows) if source.resident else None)
