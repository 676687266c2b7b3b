"""One pass over pairs of blocks: filter, decode, score exactly, and keep what can matter for each row."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import torch

from embdrift.search.cuda.candidates import Candidates, add, merge, no_candidates
from embdrift.search.cuda.float16 import Bound
from embdrift.search.cuda.operands import Kernels, Mask, Shape
from embdrift.search.cuda.plan import Plan, spans
from embdrift.search.cuda.rows import Block, Goal, Items
from embdrift.search.cuda.source import Streams
from embdrift.search.cuda.tiles import Tiles
from embdrift.types import Similarity

Found = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
# Panels begin at multiples of this, so that the kernel's loads are aligned; numbers of rows stay below 2^31.
_STEP, _TALLEST = 256, 2**30


@dataclass(frozen=True, eq=False)
class Sides:
    """The two sides of one search, and what all its passes share.

    Args:
        rows: what searches; the same object as `columns` where the corpus searches itself
        columns: what is found
        bound: of the rows
        weights: int64, how many items each column stands for; zero for one that nobody may find
        depth: columns that matter per row
        tiles: tile shape of the kernels
        plan: how much happens at a time
        streams: where it happens
        kernels: what does it
    """

    rows: Items
    columns: Items
    bound: Bound
    weights: torch.Tensor
    depth: int
    tiles: Tiles
    plan: Plan
    streams: Streams
    kernels: Kernels

    @property
    def symmetric(self) -> bool:
        """The corpus searches itself."""
        return self.rows is self.columns

    def shape(self, *, symmetric: bool) -> Shape:
        """The kind of pairs that a pass filters."""
        units = self.rows.units
        return Shape(units.scaled, units.similarity is Similarity.l2, symmetric)

    @property
    def block(self) -> int:
        """Columns on the device at a time."""
        return len(self.columns) if self.plan.resident else self.plan.block

    def height(self, width: int) -> int:
        """Rows whose bitmask with so many columns fits."""
        return min(_TALLEST, max(_STEP, self.plan.mask * self.kernels.PAIRS_PER_BYTE // max(1, width) // _STEP * _STEP))

    @property
    def position_type(self) -> torch.dtype:
        """The narrowest type for the number of a column."""
        return torch.int32 if len(self.columns) < 2**31 else torch.int64


@dataclass(frozen=True, eq=False)
class Work:
    """A bitmask on its way, and the rows and columns that it is of.

    Args:
        left: the rows
        right: the columns
        mask: their bits, once `event` is reached
        event: None on a CPU
        last: no further column will be multiplied with the rows' panel
    """

    left: Block
    right: Block
    mask: Mask
    event: "torch.cuda.Event | None"
    last: bool


def launched(sides: Sides, left: Block, blocks: Iterator[Block], shape: Shape) -> Iterator[Work]:
    """Filter a panel of rows against blocks of columns."""
    tiles, ends = sides.plan.tiles_for(sides.rows.units.d, scaled=shape.scaled), len(sides.columns)
    while True:
        with sides.streams.on_after():
            right = next(blocks, None)
        if right is None:
            return
        for begin, end in spans(left.begin, left.end, sides.height(len(right.vectors))):
            rows = left.part(begin, end)
            with sides.streams.on_filter():
                mask = sides.kernels.filter_pairs(rows.side, right.side, shape, tiles, shift=begin - right.begin)
                event = sides.streams.filtered()
            for side in (rows.side, right.side):
                sides.streams.lend(side.rows, side.target, side.scale, side.half, side.error)
            yield Work(rows, right, mask, event, last=end == left.end and right.end == ends)


def ahead(items: Iterator[Work]) -> Iterator[Work]:
    """The same, each one taken from the source one step before it is given out."""
    coming = next(items, None)
    while coming is not None:
        current, coming = coming, next(items, None)
        yield current


def scored(sides: Sides, work: Work) -> Iterator[Found]:
    """Row, column (in the numbering of all) and defined score of every pair whose bit is set, a part at a time."""
    sides.streams.hand_over(work.event, work.mask.words)
    left, right, similarity = work.left, work.right, sides.rows.units.similarity
    for rows, columns in sides.kernels.decode(work.mask, sides.plan.pairs):
        sums = sides.kernels.pair_sums(
            left.vectors, right.vectors, (rows, columns), distance=similarity is Similarity.l2
        )
        scores = defined_scores(similarity, sums, left.norms[rows], right.norms[columns])
        yield rows + left.begin, columns.to(sides.position_type) + right.begin, scores


def defined_scores(
    similarity: Similarity, sums: torch.Tensor, row_norms: torch.Tensor, column_norms: torch.Tensor
) -> torch.Tensor:
    """Scores from fixed-order sums, by the definition."""
    if similarity is Similarity.l2:
        return 0.0 - sums
    return sums / (row_norms * column_norms) if similarity is Similarity.cosine else sums


@dataclass(eq=False)
class Panel:
    """What is known of a panel of rows so far.

    Args:
        n_rows: its rows
        known: their candidates, None before the first
        waiting: pairs that are not yet among them
        held: how many pairs wait
    """

    n_rows: int
    known: Candidates | None = None
    waiting: list[Found] = field(default_factory=list)
    held: int = 0


class Gathered:
    """Collects the pairs of panels of rows, and cuts those of a crowded panel to what can matter.

    Args:
        sides: the search
        n_rows: rows in all
        height: rows of a panel
    """

    def __init__(self, sides: Sides, n_rows: int, height: int) -> None:
        self._sides = sides
        self._height = height
        self._panels = [Panel(end - begin) for begin, end in spans(0, n_rows, height)]
        self.counts = torch.zeros(n_rows, dtype=torch.int64, device=sides.weights.device)

    def add(self, found: Found) -> None:
        """Take in pairs of rows of any panel, in any order."""
        rows, columns, scores = found
        self.counts += torch.bincount(rows, minlength=len(self.counts))
        panel = rows // self._height
        sizes = torch.bincount(panel, minlength=len(self._panels)).tolist()
        order = torch.sort(panel, stable=True).indices if max(sizes, default=0) < len(rows) else slice(None)
        parts = (torch.split(part[order], sizes) for part in (rows % self._height, columns, scores))
        for number, part in enumerate(zip(*parts, strict=True)):
            if sizes[number]:
                self._put(number, part)

    def _put(self, number: int, part: tuple[torch.Tensor, ...]) -> None:
        sides, panel = self._sides, self._panels[number]
        # Out of core, what the panels will need waits in the memory of the host.
        keep = part[0].device if sides.plan.resident else torch.device("cpu")
        panel.waiting.append((part[0].to(keep), part[1].to(keep), part[2].to(keep)))
        panel.held += len(part[0])
        if panel.held > sides.plan.crowded * panel.n_rows * (sides.depth + 8):
            panel.known = self._cut(panel).to(keep)
            panel.waiting, panel.held = [], 0

    def _cut(self, panel: Panel) -> Candidates:
        sides, device = self._sides, self.counts.device
        empty = no_candidates(panel.n_rows, device, sides.position_type)
        nothing = (empty.starts[:0], empty.positions, empty.scores)
        rows, positions, scores = (
            torch.cat([part[at].to(device) for part in [nothing, *panel.waiting]]) for at in range(3)
        )
        found = add(empty, (rows, positions, scores), depth=sides.depth, weights=sides.weights, kernels=sides.kernels)
        if panel.known is None:
            return found
        known = panel.known.to(device)
        return merge(known, found, depth=sides.depth, weights=sides.weights, kernels=sides.kernels)

    def take(self, number: int) -> Candidates:
        """The candidates of one panel, which is then forgotten."""
        found = self._cut(self._panels[number])
        self._panels[number] = Panel(self._panels[number].n_rows)
        return found


def search_rows(sides: Sides, index: torch.Tensor, goal: Goal) -> tuple[Candidates, torch.Tensor]:
    """Search chosen rows against all columns: their candidates, and how many pairs were scored for each."""
    blocks = sides.columns.blocks(spans(0, len(sides.columns), sides.block))
    return search_block(sides, sides.rows.chosen(index, goal), blocks, sides.shape(symmetric=False))


def search_block(sides: Sides, left: Block, blocks: Iterator[Block], shape: Shape) -> tuple[Candidates, torch.Tensor]:
    """As `search_rows`, for rows and columns that are given as blocks."""
    sides = replace(sides, streams=sides.streams.in_order())
    gathered = Gathered(sides, len(left.vectors), len(left.vectors))
    for work in launched(sides, left, blocks, shape):
        for rows, columns, scores in scored(sides, work):
            valid = sides.weights[columns] > 0
            gathered.add((rows[valid], columns[valid], scores[valid]))
    return gathered.take(0), gathered.counts
