"""How much memory there is, and how much a process has held at most."""

import resource
import sys
from pathlib import Path

from embdrift.errors import InputError


def peak_bytes() -> int:
    """The most resident memory that this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KiB, macOS in bytes.
    return peak if sys.platform == "darwin" else peak * 1024


def available_bytes() -> int | None:
    """Memory that a process could still take; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(found[0]) * 1024 if found else None


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
