"""The whole search: prepare, choose targets, filter panel by panel, prove each row, redo those that are not."""

from collections.abc import Iterator

import numpy as np
import torch

from embdrift.errors import EmbdriftError
from embdrift.search.certificate import Tally
from embdrift.search.cuda.answers import Copies, answer, joined
from embdrift.search.cuda.candidates import Candidates
from embdrift.search.cuda.dense import groups, search_finely
from embdrift.search.cuda.duplicates import find_distinct
from embdrift.search.cuda.float16 import kernel_error
from embdrift.search.cuda.operands import Kernels
from embdrift.search.cuda.passes import (
    Gathered,
    Sides,
    Work,
    ahead,
    launched,
    scored,
    search_rows,
)
from embdrift.search.cuda.plan import Plan, spans
from embdrift.search.cuda.rows import Goal, prepare_sides
from embdrift.search.cuda.source import Source, make_streams
from embdrift.search.cuda.thresholds import Targets, choose_targets, distinct_seeds, levels, lower_targets
from embdrift.search.task import SearchTask
from embdrift.types import Neighbors, Positions

# How a row was proven: in the first pass, in a second one, or with every exact score.
FIRST_PASS, REDONE, EXHAUSTIVE = 1, 2, 3
# Seeds on the device at a time: 512 MiB, and a few times as much to sort them.
_SEEDS = 2**26


def searches_itself(task: SearchTask) -> bool:
    """Every item of the corpus searches, in order, leaving itself out: each pair then serves both of its sides."""
    each = np.arange(len(task.corpus))
    return (
        task.queries is task.corpus
        and len(task.rows) == len(each)
        and bool((task.rows == each).all())
        and bool((task.own == each).all())
    )


def _is_proven(targets: torch.Tensor, safe: torch.Tensor, found: Candidates) -> torch.Tensor:
    """Whether everything that could reach a row's last candidate was let through: its target was low enough.

    A row without enough candidates is not, for whatever reason: there always are enough to be found.
    """
    return (targets <= safe) & ~torch.isneginf(found.level)


class Search:
    """One search on one device, from vectors to proven tables.

    Args:
        task: what to search for
        device: where to search
        kernels: what does the work there
        plan: how much happens at a time
        start: the first query asked for; there must be one
        tally: told how each row was proven, None for nobody
    """

    def __init__(
        self,
        task: SearchTask,
        device: torch.device,
        kernels: Kernels,
        plan: Plan,
        *,
        start: int = 0,
        tally: Tally | None = None,
    ) -> None:
        self._task, self._device, self._kernels, self._start = task, device, kernels, start
        self._tally = tally or Tally()
        self._tally.arithmetic = kernels.ARITHMETIC
        self._streams = make_streams(device)
        with self._streams.on_after():
            self._prepare(plan)

    def _prepare(self, plan: Plan) -> None:
        task, device, start = self._task, self._device, self._start
        itself = searches_itself(task)
        corpus = task.corpus.to(device) if plan.resident else task.corpus
        self._distinct = find_distinct(corpus, task.left_out, all_search=itself, device=device)
        first = self._distinct.first
        places = None if len(first) == len(corpus) else first
        columns = self._source(corpus, places, plan)
        own = torch.from_numpy(task.own).to(device)
        rows = torch.from_numpy(task.rows[start:]).to(device)
        searching = corpus if task.queries is task.corpus else task.queries
        queries = None if itself else self._source(searching, rows, plan)
        self._own = own if itself else own[start:]
        d = int(task.corpus.shape[1])
        sides = prepare_sides(task, columns, queries, (first, rows), self._kernels)
        weights = self._distinct.weights
        self._valid = weights > 0
        depth = min(task.k + int(bool((task.own >= 0).any())), int(self._valid.sum()))
        tiles = plan.tiles_for(d, scaled=sides[0].units.scaled)
        self._sides = Sides(*sides, weights, depth, tiles, plan, self._streams, self._kernels)
        self._copies = Copies(self._distinct, start) if itself else None
        count = len(self._sides.rows)
        everyone = torch.ones(count, dtype=torch.bool, device=device)
        self._asked = everyone if self._copies is None else self._copies.wanted
        self._targets = Targets(torch.zeros(count, device=device), ~everyone, self._asked)
        self._passes = torch.full((count,), FIRST_PASS, dtype=torch.int8, device=device)

    def _source(self, vectors: torch.Tensor, places: torch.Tensor | None, plan: Plan) -> Source:
        return Source(vectors, places, device=self._device, resident=plan.resident, streams=self._streams)

    def choose_targets(self, seeds: Positions | None) -> None:
        """Give each row a score that its neighbours probably, or surely, reach."""
        with self._streams.on_after():
            known = None if seeds is None else self._levels(seeds)
            self._targets = choose_targets(self._sides, self._asked, known)

    def _levels(self, seeds: Positions) -> torch.Tensor:
        """The best score of each row with the vectors of its seeds, and the last that its neighbours surely reach."""
        seeded = self._distinct.first.cpu().numpy() if self._copies is not None else np.arange(self._start, len(seeds))
        parts = [torch.empty((0, 2), dtype=torch.float64, device=self._device)]
        for begin, end in spans(0, len(seeded), max(1, _SEEDS // (seeds.shape[1] + 1))):
            index = torch.arange(begin, end, device=self._device)
            given = torch.from_numpy(np.array(seeds[seeded[begin:end]], np.int64)).to(self._device)
            vectors = torch.where(given >= 0, self._distinct.group[given.clamp(min=0)], -1)
            if self._copies is not None:
                vectors = torch.cat([vectors, index[:, None]], dim=1)
            parts.append(levels(self._sides, index, distinct_seeds(vectors, self._valid)))
        return torch.cat(parts)

    def blocks(self) -> Iterator[Neighbors]:
        """Tables of all queries asked for, in order."""
        sides = self._sides
        height = sides.height(len(sides.columns)) if sides.plan.resident else sides.block
        # Streams of torch do not wait for one another: whatever is launched belongs to one of the search's.
        with self._streams.on_after():
            gathered = Gathered(sides, len(sides.rows), height)
        panels = spans(0, len(sides.rows), height)
        done = 0
        for work in ahead(self._work(panels)):
            with self._streams.on_after():
                self._collect(work, gathered)
            if work.last:
                with self._streams.on_after():
                    finished = list(self._finish(panels[done], gathered.take(done), gathered.counts))
                for table, numbers in finished:
                    with self._streams.on_after():
                        self._record(numbers, gathered.counts)
                    yield table
                done += 1

    def _work(self, panels: list[tuple[int, int]]) -> Iterator[Work]:
        sides, n = self._sides, len(self._sides.columns)
        with self._streams.on_after():
            asked = int(torch.nonzero(self._asked)[0, 0])
            goal = Goal(self._targets.first_pass, kernel_error(sides.bound))
        for begin, end in panels:
            with self._streams.on_after():
                left = next(sides.rows.blocks([(begin, end)], goal))
            # Pairs of two columns that nobody asked for, or that an earlier panel has met, are left out.
            first = max(begin, asked) if sides.symmetric else 0
            blocks = sides.columns.blocks(spans(first, n, sides.block), goal if sides.symmetric else None)
            yield from launched(sides, left, blocks, sides.shape(symmetric=sides.symmetric))

    def _collect(self, work: Work, gathered: Gathered) -> None:
        searching = self._targets.searching
        for rows, columns, scores in scored(self._sides, work):
            there = torch.nonzero(searching[rows] & self._valid[columns])[:, 0]
            gathered.add((rows[there], columns[there], scores[there]))
            if self._sides.symmetric:
                back = torch.nonzero((rows != columns) & searching[columns] & self._valid[rows])[:, 0]
                gathered.add((columns[back], rows[back], scores[back]))

    def _finish(
        self, panel: tuple[int, int], found: Candidates, counts: torch.Tensor
    ) -> Iterator[tuple[Neighbors, torch.Tensor]]:
        """The tables of a panel, each with the vectors that its rows are."""
        begin, _ = panel
        numbers = torch.arange(*panel, device=self._device)
        found = self._prove(numbers, found, counts)
        if self._copies is None:
            own = self._own[begin : begin + len(found)]
        else:
            own, found = self._copies.take(begin, found)
            numbers = self._distinct.group[own]
        at = 0
        for table in answer(self._task, self._distinct, found, own, self._kernels):
            yield table, numbers[at : at + table.q]
            at += table.q

    def _prove(self, numbers: torch.Tensor, found: Candidates, counts: torch.Tensor) -> Candidates:
        """Redo what is not proven, with a target that the last of the candidates found surely reaches."""
        bound, targets = self._sides.bound.take(numbers), self._targets.coarse[numbers].clone()
        found, open_ = self._screened_finely(numbers, found, counts)
        for attempt in (REDONE, EXHAUSTIVE):
            safe = bound.targets(found.level)
            unproven = torch.nonzero(open_ & ~_is_proven(targets, safe, found))[:, 0]
            if not len(unproven):
                return found
            again = safe[unproven] if attempt == REDONE else torch.full_like(safe[unproven], -torch.inf)
            few = torch.nonzero(torch.isneginf(found.level[unproven]))[:, 0]
            if attempt == REDONE and len(few):
                again[few] = lower_targets(self._sides, numbers[unproven[few]])
            goal = Goal(again, kernel_error(bound.take(unproven)))
            redone, more = search_rows(self._sides, numbers[unproven], goal)
            passes = torch.where(torch.isneginf(again), EXHAUSTIVE, attempt)
            found = self._replaced(numbers, found, counts, (unproven, redone, more, passes))
            targets[unproven] = again
        if bool((open_ & ~_is_proven(targets, bound.targets(found.level), found)).any()):
            raise EmbdriftError(
                f"{self._device} found fewer neighbours in a full search than there are; set device=cpu"
            )
        return found

    def _screened_finely(
        self, numbers: torch.Tensor, found: Candidates, counts: torch.Tensor
    ) -> tuple[Candidates, torch.Tensor]:
        """What crowded rows find with a finer screen, and which rows are not proven by one."""
        open_ = self._asked[numbers].clone()
        crowded = torch.nonzero(open_ & self._targets.crowded[numbers])[:, 0]
        far = torch.ones(len(crowded), dtype=torch.bool, device=self._device)
        for centre, near in groups(self._sides.rows, numbers[crowded]):
            places = crowded[near]
            result = search_finely(self._sides, numbers[places], centre)
            if result is not None:
                fine, more, level = result
                found = self._replaced(numbers, found, counts, (places, fine, more, torch.full_like(more, REDONE)))
                # Everything that reaches the level was let through, and enough columns reach it.
                open_[places] = (found.level[places] < level) | torch.isneginf(level)
                far[near] = False
        places = crowded[far]
        if len(places):
            goal = Goal(self._targets.coarse[numbers[places]], kernel_error(self._sides.bound.take(numbers[places])))
            coarse, more = search_rows(self._sides, numbers[places], goal)
            found = self._replaced(numbers, found, counts, (places, coarse, more, torch.full_like(more, REDONE)))
        return found, open_

    def _replaced(
        self,
        numbers: torch.Tensor,
        found: Candidates,
        counts: torch.Tensor,
        redone: tuple[torch.Tensor, Candidates, torch.Tensor, torch.Tensor],
    ) -> Candidates:
        """The candidates with those of some places searched again, which is put on record."""
        places, better, more, passes = redone
        counts[numbers[places]] += more
        self._passes[numbers[places]] = passes.to(torch.int8)
        index = torch.arange(len(found), device=self._device)
        index[places] = len(found) + torch.arange(len(places), device=self._device)
        return joined(found, better).take(index)

    def _record(self, numbers: torch.Tensor, counts: torch.Tensor) -> None:
        tally, passes = self._tally, self._passes[numbers]
        bounds = self._sides.bound.take(numbers).in_scores()
        tally.rows += len(numbers)
        tally.redone += int((passes == REDONE).sum())
        tally.scored_in_full += int((passes == EXHAUSTIVE).sum())
        tally.candidates += int(counts[numbers][passes != EXHAUSTIVE].sum())
        tally.bound_sum += float(bounds[torch.isfinite(bounds)].sum())
        tally.bounds += int(torch.isfinite(bounds).sum())
