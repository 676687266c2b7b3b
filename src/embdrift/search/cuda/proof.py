"""The whole search: prepare, choose targets, filter panel by panel, prove each row, redo those that are not."""

from collections.abc import Iterator

import numpy as np
import torch

from embdrift.errors import EmbdriftError
from embdrift.search.cuda.answers import Copies, answer, joined
from embdrift.search.cuda.candidates import Candidates
from embdrift.search.cuda.certificate import EXHAUSTIVE, FIRST_PASS, REDONE, Certificate
from embdrift.search.cuda.distinct import find_distinct
from embdrift.search.cuda.items import Goal, prepare_sides, spans
from embdrift.search.cuda.launch import pair_sums
from embdrift.search.cuda.passes import (
    Gathered,
    Sides,
    Work,
    ahead,
    defined_scores,
    launched,
    scored,
    search_rows,
)
from embdrift.search.cuda.plan import Plan, make_plan
from embdrift.search.cuda.sampling import sampled_targets
from embdrift.search.cuda.seeds import distinct_seeds, sample_rank, sample_size
from embdrift.search.cuda.source import Source, make_streams
from embdrift.search.cuda.units import kernel_error
from embdrift.search.task import SearchTask
from embdrift.types import Neighbors, Positions

ARITHMETIC = "float16 products, float32 sums"
# Pairs of a row and a seed that are scored at a time.
_SEEDED = 2**24


def proven_blocks(
    task: SearchTask,
    device: torch.device,
    *,
    start: int = 0,
    seeds: Positions | None = None,
    plan: Plan | None = None,
) -> Iterator[tuple[Neighbors, Certificate]]:
    """See `certified_blocks`; for a device that the kernels serve."""
    if start >= len(task.rows):
        yield _nothing(task, device)
        return
    search = Search(task, device, start, make_plan(task, device) if plan is None else plan)
    search.choose_targets(seeds)
    yield from search.blocks()


def _nothing(task: SearchTask, device: torch.device) -> tuple[Neighbors, Certificate]:
    none, flat = np.empty((0, task.k), task.position_type), np.empty(0, np.int64)
    table = Neighbors(none, np.empty((0, task.k)), flat, np.zeros(1, np.int64), none[:, 0], task.n_corpus)
    return table, Certificate(str(device), ARITHMETIC, np.empty(0, np.int8), np.empty(0), flat)


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
        start: the first query asked for
        plan: how much happens at a time
    """

    def __init__(self, task: SearchTask, device: torch.device, start: int, plan: Plan) -> None:
        self._task, self._device, self._start = task, device, start
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
        queries = None if itself else self._source(task.queries, rows, plan)
        self._own = own if itself else own[start:]
        d = int(task.corpus.shape[1])
        sides = prepare_sides(task.metric, d, columns, queries, names=(first, rows))
        weights = self._distinct.weights
        self._valid = weights > 0
        depth = min(task.k + int(bool((task.own >= 0).any())), int(self._valid.sum()))
        tiles = plan.tiles_for(d, scaled=sides[0].units.scaled)
        self._sides = Sides(*sides, weights, depth, tiles, plan, self._streams)
        self._copies = Copies(self._distinct, start) if itself else None
        count = len(self._sides.rows)
        self._wanted = torch.ones(count, dtype=torch.bool, device=device)
        if self._copies is not None:
            self._wanted = self._copies.wanted
        self._targets = torch.full((count,), torch.inf, dtype=torch.float32, device=device)
        self._passes = torch.full((count,), FIRST_PASS, dtype=torch.int8, device=device)

    def _source(self, vectors: torch.Tensor, places: torch.Tensor | None, plan: Plan) -> Source:
        return Source(vectors, places, device=self._device, resident=plan.resident, streams=self._streams)

    # ---- targets ----------------------------------------------------------------------------------------------------

    def choose_targets(self, seeds: Positions | None) -> None:
        """Give each row a score that its neighbours probably, or surely, reach."""
        with self._streams.on_after():
            level = None if seeds is None or not self._sides.plan.resident else self._seeded_levels(seeds)
            if level is None:
                targets = self._from_sample()
            else:
                targets = self._sides.bound.targets(level)
                poor = torch.isneginf(level) & self._wanted
                if bool(poor.any()):
                    targets = torch.where(poor, self._from_sample(), targets)
            self._targets = torch.where(self._wanted, targets, torch.inf)

    def _from_sample(self) -> torch.Tensor:
        sides, found = self._sides, torch.nonzero(self._valid)[:, 0]
        n, size = len(found), sample_size(len(found))
        generator = torch.Generator(self._device).manual_seed(n)
        chosen = torch.randperm(n, generator=generator, device=self._device)[:size] if size < n else slice(None)
        sample = sides.columns.chosen(found[chosen])
        rank = sample_rank(n, size, sides.depth)
        shape = sides.shape(symmetric=False)
        # Less their errors, so that vectors closer together than those do not fail their own screened scores; with
        # every vector sampled, this makes the target one that is reached for certain.
        error = kernel_error(sides.bound)
        estimates = [
            sampled_targets(rows, sample, shape, sides.tiles, rank)
            for rows in sides.rows.blocks(spans(0, len(sides.rows), sides.plan.block), Goal(error, error))
        ]
        return sides.bound.rounded(torch.cat(estimates))

    def _seeded_levels(self, seeds: Positions) -> torch.Tensor:
        """The score of the last of the best `depth` seeds of each row: no less can be its last neighbour's."""
        rows = self._sides.rows
        if self._copies is None:
            given = torch.from_numpy(seeds[self._start :]).to(self._device)
        else:
            given = torch.from_numpy(seeds).to(self._device)[self._distinct.first]
        groups = torch.where(given >= 0, self._distinct.group[given.clamp(min=0)], -1)
        if self._copies is not None:
            itself = torch.arange(len(rows), device=self._device)
            groups = torch.cat([groups, itself[:, None]], dim=1)
        vectors = distinct_seeds(groups, self._valid)
        pieces = spans(0, len(rows), max(1, _SEEDED // vectors.shape[1]))
        return torch.cat([self._level_of(begin, vectors[begin:end]) for begin, end in pieces])

    def _level_of(self, begin: int, vectors: torch.Tensor) -> torch.Tensor:
        sides = self._sides
        scores = torch.full(vectors.shape, -torch.inf, dtype=torch.float64, device=self._device)
        there = vectors >= 0
        at, columns = torch.nonzero(there)[:, 0], vectors[there]
        left = sides.rows.source.part(begin, begin + len(vectors))
        right = sides.columns.source.part(0, len(sides.columns))
        metric = self._task.metric
        sums = pair_sums(left, right, (at, columns), distance=metric.value == "l2")
        norms = sides.rows.measured.norms[begin + at], sides.columns.measured.norms[columns]
        scores[there] = defined_scores(metric, sums, *norms)
        if vectors.shape[1] < sides.depth:
            return torch.full((len(vectors),), -torch.inf, dtype=torch.float64, device=self._device)
        return scores.topk(sides.depth, dim=1).values[:, -1]

    # ---- passes -----------------------------------------------------------------------------------------------------

    def blocks(self) -> Iterator[tuple[Neighbors, Certificate]]:
        """Tables and certificates of all queries asked for, in order."""
        sides = self._sides
        height = sides.height(len(sides.columns)) if sides.plan.resident else sides.block
        gathered = Gathered(sides, len(sides.rows), height)
        panels = spans(0, len(sides.rows), height)
        done = 0
        for work in ahead(self._work(panels)):
            with self._streams.on_after():
                self._collect(work, gathered)
            if work.last:
                with self._streams.on_after():
                    finished = list(self._finish(panels[done], gathered.take(done), gathered.counts))
                yield from finished
                done += 1

    def _work(self, panels: list[tuple[int, int]]) -> Iterator[Work]:
        sides, n = self._sides, len(self._sides.columns)
        asked = int(torch.nonzero(self._wanted)[0, 0])
        for begin, end in panels:
            with self._streams.on_after():
                goal = Goal(self._targets, kernel_error(sides.bound))
                left = next(sides.rows.blocks([(begin, end)], goal))
            # Pairs of two columns that nobody asked for, or that an earlier panel has met, are left out.
            first = max(begin, asked) if sides.symmetric else 0
            blocks = sides.columns.blocks(spans(first, n, sides.block), goal if sides.symmetric else None)
            yield from launched(sides, left, blocks, n, symmetric=sides.symmetric)

    def _collect(self, work: Work, gathered: Gathered) -> None:
        for rows, columns, scores in scored(self._sides, work):
            there = self._wanted[rows] & self._valid[columns]
            gathered.add((rows[there], columns[there], scores[there]))
            if self._sides.symmetric:
                back = (rows != columns) & self._wanted[columns] & self._valid[rows]
                gathered.add((columns[back], rows[back], scores[back]))

    def _finish(
        self, panel: tuple[int, int], found: Candidates, counts: torch.Tensor
    ) -> Iterator[tuple[Neighbors, Certificate]]:
        begin, _ = panel
        numbers = torch.arange(*panel, device=self._device)
        found = self._prove(numbers, found, counts)
        if self._copies is None:
            own = self._own[begin : begin + len(found)]
        else:
            own, found = self._copies.take(begin, found)
            numbers = self._distinct.group[own]
        at = 0
        for table in answer(self._task, self._distinct, found, own):
            yield table, self._certificate(numbers[at : at + table.q], counts)
            at += table.q

    def _prove(self, numbers: torch.Tensor, found: Candidates, counts: torch.Tensor) -> Candidates:
        """Redo what is not proven, with a target that the last of the candidates found surely reaches."""
        bound = self._sides.bound.take(numbers)
        wanted, targets = self._wanted[numbers], self._targets[numbers].clone()
        for attempt in (REDONE, EXHAUSTIVE):
            safe = bound.targets(found.level)
            unproven = torch.nonzero(wanted & ~_is_proven(targets, safe, found))[:, 0]
            if not len(unproven):
                return found
            again = safe[unproven] if attempt == REDONE else torch.full_like(safe[unproven], -torch.inf)
            goal = Goal(again, kernel_error(bound.take(unproven)))
            redone, more = search_rows(self._sides, numbers[unproven], goal)
            counts[numbers[unproven]] += more
            self._passes[numbers[unproven]] = torch.where(torch.isneginf(again), EXHAUSTIVE, attempt).to(torch.int8)
            targets[unproven] = again
            index = torch.arange(len(found), device=self._device)
            index[unproven] = len(found) + torch.arange(len(unproven), device=self._device)
            found = joined(found, redone).take(index)
        if bool((wanted & ~_is_proven(targets, bound.targets(found.level), found)).any()):
            raise EmbdriftError(
                f"{self._device} found fewer neighbours in a full search than there are; set device=cpu"
            )
        return found

    def _certificate(self, numbers: torch.Tensor, counts: torch.Tensor) -> Certificate:
        return Certificate(
            str(self._device),
            ARITHMETIC,
            self._passes[numbers].cpu().numpy(),
            self._sides.bound.take(numbers).in_scores().cpu().numpy(),
            counts[numbers].cpu().numpy(),
        )
