"""Progress on the terminal: a bar with the time left, or now and then a line where there is no terminal."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from embdrift.progress import Progress as ProgressListener

_SECONDS_BETWEEN_LINES = 10.0
_SECONDS_BEFORE_A_LINE = 2.0


@contextmanager
def console_progress() -> Iterator[ProgressListener]:
    """A listener that shows progress on standard error, and leaves the terminal as it was however the work ends."""
    listener = _Bars() if sys.stderr.isatty() else _Lines()
    try:
        yield listener
    finally:
        listener.finish()


class _Bars:
    """One bar for the piece of work that is going on."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._progress: Progress | None = None
        self._task = TaskID(0)

    def start(self, label: str, total: int, done: int = 0) -> None:
        self.finish()
        self._progress = Progress(
            TextColumn("{task.description}", justify="left"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            _Rate(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task(label, total=total, completed=done)
        self._progress.start()

    def advance(self, amount: int) -> None:
        if self._progress is not None:
            self._progress.advance(self._task, amount)

    def finish(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


class _Rate(ProgressColumn):
    """How much is done in a second."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{short_number(task.speed)}/s")


class _Lines:
    """A line every few seconds, for logs; nothing for short work."""

    def __init__(self) -> None:
        self._label, self._total, self._done, self._resumed = "", 0, 0, 0
        self._began = self._said = 0.0

    def start(self, label: str, total: int, done: int = 0) -> None:
        self._label, self._total, self._done, self._resumed = label, total, done, done
        self._began = time.monotonic()
        self._said = self._began - _SECONDS_BETWEEN_LINES + _SECONDS_BEFORE_A_LINE
        if done:
            self._say(f"{label}: going on at {done:,} of {total:,}")

    def advance(self, amount: int) -> None:
        self._done += amount
        now = time.monotonic()
        if now - self._said < _SECONDS_BETWEEN_LINES or self._done in (self._resumed, self._total):
            return
        self._said = now
        rate = (self._done - self._resumed) / (now - self._began)
        left = _duration((self._total - self._done) / rate)
        self._say(f"{self._label}: {self._done:,} of {self._total:,}, {short_number(rate)} a second, about {left} left")

    def finish(self) -> None:
        self._done = self._total

    def _say(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def short_number(rate: float) -> str:
    """A rate in few characters."""
    return f"{rate:.1e}" if rate >= 1e6 else f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
