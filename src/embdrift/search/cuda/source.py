"""Vectors on a device, all at once where they fit, otherwise block by block with the next one on its way."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeVar

import torch

Span = TypeVar("Span")
Rows = TypeVar("Rows")


@dataclass(frozen=True, eq=False)
class Streams:
    """The two streams of a search on a GPU; on a CPU work simply happens in order.

    The filter of one part runs while the candidates of the part before are scored: `after` has the higher priority, so
    that its short kernels do not wait for the long one to finish.
    """

    filter: "torch.cuda.Stream | None"
    after: "torch.cuda.Stream | None"
    copy: "torch.cuda.Stream | None"

    def on_filter(self) -> AbstractContextManager[object]:
        """Launch here what multiplies; it starts after all that was launched for scoring so far."""
        if self.filter is None or self.after is None:
            return nullcontext()
        self.filter.wait_stream(self.after)
        return torch.cuda.stream(self.filter)

    def on_after(self) -> AbstractContextManager[object]:
        """Launch here everything else."""
        return nullcontext() if self.after is None else torch.cuda.stream(self.after)

    def in_order(self) -> "Streams":
        """The same without a stream for the filter: a short pass need not wait until a long one is through."""
        return replace(self, filter=None)

    def filtered(self) -> "torch.cuda.Event | None":
        """A mark behind what was launched to multiply so far."""
        return None if self.filter is None else self.filter.record_event()

    def hand_over(self, event: "torch.cuda.Event | None", *tensors: torch.Tensor) -> None:
        """Let scoring use tensors that the filter's stream made, once the mark is reached."""
        if event is not None and self.after is not None:
            self.after.wait_event(event)
            for tensor in tensors:
                tensor.record_stream(self.after)

    def lend(self, *tensors: torch.Tensor) -> None:
        """Let the filter's stream read tensors that may be freed before it is done."""
        if self.filter is not None:
            for tensor in tensors:
                tensor.record_stream(self.filter)


def make_streams(device: torch.device) -> Streams:
    """The streams of a search; they begin after what the caller has launched."""
    if device.type != "cuda":
        return Streams(None, None, None)
    made = _streams_of(device)
    for stream in made:
        stream.wait_stream(torch.cuda.current_stream(device))
    return Streams(*made)


@cache
def _streams_of(device: torch.device) -> "list[torch.cuda.Stream]":
    # The same for every search: torch keeps freed memory for the stream that it was allocated on, and for no other.
    return [torch.cuda.Stream(device, priority=priority) for priority in (0, -1, 0)]  # type: ignore[no-untyped-call]


class Source:
    """Some rows of a tensor, to be used on a device.

    Args:
        vectors: shape (n, d), on any device; may be memory-mapped
        positions: int64, the rows that are used, in this order; None for all
        device: where they are used
        resident: keep all of them there
        streams: of the search
    """

    def __init__(
        self,
        vectors: torch.Tensor,
        positions: torch.Tensor | None,
        *,
        device: torch.device,
        resident: bool,
        streams: Streams,
    ) -> None:
        self._vectors = vectors
        # What is read from the host is chosen there, by a thread that knows of no stream.
        self._positions = positions if positions is None or resident else positions.cpu()
        self._device = device
        self._streams = streams
        self._held = self._read(0, len(self)) if resident else None
        if self._held is not None:
            # What they were chosen from need not stay.
            self._vectors, self._positions = self._held, None

    def __len__(self) -> int:
        return len(self._vectors) if self._positions is None else len(self._positions)

    @property
    def resident(self) -> bool:
        """All rows are on the device."""
        return self._held is not None

    def part(self, begin: int, end: int) -> torch.Tensor:
        """Rows `begin` to `end` on the device."""
        return self._read(begin, end) if self._held is None else self._held[begin:end]

    def take(self, index: torch.Tensor) -> torch.Tensor:
        """Some rows on the device, in the order given."""
        if self._held is not None:
            return self._held[index]
        at = index if self._positions is None else self._positions[index.to(self._positions.device)]
        return self._vectors[at.to(self._vectors.device)].to(self._device).contiguous()

    def parts(self, spans: list[tuple[int, int]]) -> Iterator[tuple[int, int, torch.Tensor]]:
        """Each span and its rows; while one is in use the next is read, by a thread, and copied."""
        if self._held is not None or not self._streams.copy or self._vectors.device.type != "cpu":
            for begin, end in spans:
                yield begin, end, self.part(begin, end)
            return
        for (begin, end), rows in zip(spans, read_ahead(lambda span: self._copied(*span), spans), strict=True):
            copied, event = rows
            torch.cuda.current_stream(self._device).wait_event(event)
            copied.record_stream(torch.cuda.current_stream(self._device))
            yield begin, end, copied

    def _read(self, begin: int, end: int) -> torch.Tensor:
        return self._rows(begin, end).to(self._device).contiguous()

    def _rows(self, begin: int, end: int) -> torch.Tensor:
        if self._positions is None:
            return self._vectors[begin:end]
        return self._vectors[self._positions[begin:end].to(self._vectors.device)]

    def _copied(self, begin: int, end: int) -> "tuple[torch.Tensor, torch.cuda.Event]":
        # A pinned copy can be read by the device while the host goes on; torch keeps it until the copy is done.
        pinned = self._rows(begin, end).contiguous().pin_memory()
        assert self._streams.copy is not None
        with torch.cuda.device(self._device), torch.cuda.stream(self._streams.copy):
            there = pinned.to(self._device, non_blocking=True)
            return there, self._streams.copy.record_event()


def read_ahead(read: Callable[[Span], Rows], spans: list[Span]) -> Iterator[Rows]:
    """Read one span after the other in a thread, each while the one before is in use: two are held at a time."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        coming: Future[Rows] | None = None
        for span in spans:
            present, coming = coming, reader.submit(read, span)
            if present is not None:
                yield present.result()
        if coming is not None:
            yield coming.result()
