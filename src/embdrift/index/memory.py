"""How much memory there is, and how much a process has held at most."""

import resource
import sys
from contextlib import suppress
from pathlib import Path

from embdrift.errors import InputError


class ProcessMemory:
    """How much more memory this process comes to hold than it did at the start.

    Linux lets the mark be reset, so that what loading the libraries took does not hide what follows; elsewhere only
    what goes beyond that is seen.
    """

    def __init__(self) -> None:
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self._before = _status_bytes("VmRSS") or _highest_bytes()

    def bytes(self) -> int:
        """The highest mark so far beyond the start."""
        return max(0, (_status_bytes("VmHWM") or _highest_bytes()) - self._before)


def _highest_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KiB, macOS in bytes.
    return peak if sys.platform == "darwin" else peak * 1024


def _status_bytes(field: str) -> int | None:
    return _kibibytes(Path("/proc/self/status"), field)


def _kibibytes(path: Path, field: str) -> int | None:
    """A line such as `VmRSS:  1024 kB` in bytes; None where there is no such file or line."""
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith(f"{field}:")]
    return int(found[0]) * 1024 if found else None


def available_bytes() -> int | None:
    """Memory that a process could still take; None where the system does not say."""
    return _kibibytes(Path("/proc/meminfo"), "MemAvailable")


def require_memory(needed_bytes: int, what: str) -> None:
    """Refuse what surely does not fit.

    Raises:
        InputError: when more is needed than there is
    """
    there = available_bytes()
    if there is not None and needed_bytes > there:
        raise InputError(
            f"{what} need at least {needed_bytes / 2**30:.1f} GiB of memory and {there / 2**30:.1f} GiB are free; use"
            " fewer queries or a machine with more"
        )
