"""One block of queries against the whole corpus on a GPU, in plain torch; it also runs on a CPU, where it is tested."""

from collections.abc import Iterator

import numpy as np
import torch

from embdrift.search.lanes import LANES
from embdrift.search.prepared import Prepared
from embdrift.search.ranking import rank
from embdrift.search.screen import BLOCK
from embdrift.search.task import wide_rows
from embdrift.types import Array, Floats, Metric, Neighbors

# Float64 numbers gathered at a time for exact scores: 256 MiB, and as much again for their products.
_GATHERED = 2**25
# A tensor is kept on the device if it takes at most this share of the memory that is free there.
_RESIDENT_SHARE = 0.4


def fixed_order_sum(products: torch.Tensor) -> torch.Tensor:
    """Sum the last dimension in sixteen lanes, then a tree: the same bytes as the compiled loops on a CPU."""
    short = -products.shape[-1] % LANES
    padded = torch.nn.functional.pad(products, (0, short))
    padded = padded.reshape(*products.shape[:-1], -1, LANES)
    lanes = torch.zeros_like(padded[..., 0, :])
    for step in range(padded.shape[-2]):
        lanes = lanes + padded[..., step, :]
    for stride in (8, 4, 2, 1):
        lanes = lanes[..., :stride] + lanes[..., stride : 2 * stride]
    return lanes[..., 0]


class DeviceSearch:
    """A search whose screening, proof and exact scores run on one device.

    Per query the best 2 k + 64 screened scores are kept. The row is proven when the last of them is more than twice the
    error bound below the k-th: nothing that was dropped can then be among the best k or tie with them. Other rows are
    scored in full.
    """

    def __init__(self, prepared: Prepared, device: torch.device) -> None:
        self._prepared = prepared
        self._device = device
        self._norms = torch.from_numpy(prepared.corpus_norms).to(device)
        self._skip = torch.from_numpy(prepared.skip).to(device)
        self._corpus = self._resident(prepared.task.corpus)
        self._columns = None if prepared.resident is None else self._resident(torch.from_numpy(prepared.resident))

    def search_block(self, begin: int, end: int) -> Neighbors:
        """Exact neighbours of queries `begin` to `end` of the task."""
        task = self._prepared.task
        wide = wide_rows(task.queries, task.rows[begin:end])
        norms = self._prepared.query_norms[begin:end]
        rows = self._prepared.screen.query_rows(wide, norms)
        own = torch.from_numpy(task.own[begin:end]).to(self._device)
        margins = torch.from_numpy(self._prepared.screen.margins(rows, norms)).to(self._device)
        positions, screened = self._screen(torch.from_numpy(rows).to(self._device), own)
        kth = screened[:, task.k - 1].double()
        proven = (screened[:, -1].double() < kth - margins) | torch.isneginf(screened[:, -1])
        proven &= torch.isfinite(margins)
        lengths = torch.from_numpy(norms).to(self._device)
        queries = torch.from_numpy(wide).to(self._device).double()
        found = self._candidates(queries, lengths, positions, ~torch.isneginf(screened))
        for row in torch.nonzero(~proven)[:, 0].tolist():
            found[row] = self._full(queries[row], lengths[row], int(own[row]))
        starts = np.concatenate(([0], np.cumsum([len(at) for at, _ in found]))).astype(np.int64)
        empty: list[Array] = [np.empty(0)]
        flat = np.concatenate(empty + [at for at, _ in found]).astype(np.int64)
        return rank(task, starts, flat, np.concatenate(empty + [scores for _, scores in found]))

    def _resident(self, tensor: torch.Tensor) -> torch.Tensor:
        if self._device.type != "cuda":
            return tensor
        free, _ = torch.cuda.mem_get_info(self._device)
        fits = tensor.numel() * tensor.element_size() <= _RESIDENT_SHARE * free
        return tensor.to(self._device) if fits else tensor

    def _blocks(self) -> Iterator[tuple[int, torch.Tensor]]:
        if self._columns is not None:
            for start in range(0, len(self._columns), BLOCK):
                yield start, self._columns[start : start + BLOCK].to(self._device)
        else:
            for start, columns in self._prepared.columns():
                yield start, torch.from_numpy(columns).to(self._device)

    def _screen(self, rows: torch.Tensor, own: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The best screened scores of each query and their positions, shape (b, depth)."""
        depth = min(2 * self._prepared.task.k + 64, len(self._skip))
        best = torch.full((len(rows), depth), -torch.inf, device=self._device)
        positions = torch.zeros((len(rows), depth), dtype=torch.int64, device=self._device)
        for first, columns in self._blocks():
            screened = rows @ columns.T
            halves = self._prepared.screen.halves(columns.cpu().numpy())
            if halves is not None:
                screened -= torch.from_numpy(halves).to(self._device)
            here = torch.arange(first, first + len(columns), device=self._device)
            screened.masked_fill_(self._skip[here] | (here == own[:, None]), -torch.inf)
            joined = torch.cat([best, screened], dim=1)
            best, order = joined.topk(depth, dim=1)
            positions = torch.cat([positions, here.expand(len(rows), -1)], dim=1).gather(1, order)
        return positions, best

    def _candidates(
        self, queries: torch.Tensor, norms: torch.Tensor, positions: torch.Tensor, valid: torch.Tensor
    ) -> list[tuple[Array, Floats]]:
        """Candidates of each query, by position, with their exact scores."""
        positions, order = positions.sort(dim=1)
        valid = valid.gather(1, order)
        step = max(1, _GATHERED // max(1, positions.shape[1] * queries.shape[1]))
        parts = [
            self._scores(queries[at : at + step, None], norms[at : at + step, None], positions[at : at + step])
            for at in range(0, len(queries), step)
        ]
        scores = torch.cat(parts).cpu().numpy() if parts else np.empty((0, 0))
        kept, places = valid.cpu().numpy(), positions.cpu().numpy()
        return [(places[row][kept[row]], scores[row][kept[row]]) for row in range(len(queries))]

    def _scores(self, queries: torch.Tensor, norms: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        """Defined scores of queries (b, 1, d) with corpus rows at positions (b, p): shape (b, p)."""
        rows = self._corpus[positions.to(self._corpus.device)].to(self._device).double()
        metric = self._prepared.task.metric
        if metric is Metric.l2:
            return 0.0 - fixed_order_sum((queries - rows) ** 2)
        dots = fixed_order_sum(queries * rows)
        return dots / (norms * self._norms[positions]) if metric is Metric.cosine else dots

    def _full(self, query: torch.Tensor, norm: torch.Tensor, own: int) -> tuple[Array, Floats]:
        n = len(self._skip)
        step = max(1, _GATHERED // len(query))
        every = torch.arange(n, device=self._device)
        scores = torch.cat(
            [self._scores(query[None, None], norm[None, None], part[None])[0] for part in torch.split(every, step)]
        )
        scores[self._skip] = -torch.inf
        if own >= 0:
            scores[own] = -torch.inf
        reached = torch.nonzero(scores >= scores.topk(self._prepared.task.k).values[-1])[:, 0]
        return reached.cpu().numpy(), scores[reached].cpu().numpy()
