"""The most memory that this process holds while something runs."""

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

_STATM = Path("/proc/self/statm")
_EVERY_SECONDS = 0.02


class PeakMemory:
    """Watches the process's resident memory; `peak_bytes` is what was added at most, None where it is not told."""

    def __init__(self) -> None:
        self.peak_bytes: int | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._before = _resident()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while self._before is not None:
            now = _resident()
            if now is not None:
                self.peak_bytes = max(self.peak_bytes or 0, now - self._before)
            if self._stop.wait(_EVERY_SECONDS):
                return


def _resident() -> int | None:
    try:
        pages = int(_STATM.read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
