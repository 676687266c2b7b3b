"""Exact neighbours on a CUDA device: every row screened in float16, scored in float64, and proven."""

import gc
import subprocess
import warnings
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec

import numpy as np
import torch

from embdrift.errors import EmbdriftError
from embdrift.search.certificate import Tally
from embdrift.search.cuda import plain
from embdrift.search.cuda.operands import Kernels
from embdrift.search.cuda.plan import Plan, make_plan
from embdrift.search.cuda.search import Search
from embdrift.search.task import SearchTask
from embdrift.types import Neighbors, Positions

# Tensor descriptors and the wide multiplications that the kernels are made for came with this generation.
_OLDEST_FAST = (9, 0)


def cuda_blocks(
    task: SearchTask,
    device: torch.device,
    *,
    start: int = 0,
    seeds: Positions | None = None,
    tally: Tally | None = None,
    plan: Plan | None = None,
) -> Iterator[Neighbors]:
    """The neighbours of queries `start` and after, some queries at a time, in order.

    Where the device runs out of memory, the search goes on from the next query with less of it held at a time.

    Args:
        task: what to search for; its vectors may lie on the host, be memory-mapped, or lie on the device
        device: where to search; on a CPU, Triton must interpret its kernels, or plain torch is used
        start: the first query asked for
        seeds: int64, shape (q, s), corpus positions that are probably near each query, or -1: the neighbours of an
            earlier version, two to three times k of them. They save time and change no result.
        tally: told how rows were proven
        plan: how much happens at a time, None to make it fit into the memory that is free

    Raises:
        InputError: when a vector holds NaN or infinity, or is zero under cosine
        EmbdriftError: when a row cannot be proven, which a sound device excludes, or the least that must be held
            does not fit into the device's memory
    """
    kernels, held, given = kernels_for(device), plan or make_plan(task, device), False
    while start < len(task.rows):
        try:
            for table in _searched(Search(task, device, kernels, held, start=start, tally=tally), seeds):
                start, given = start + table.q, True
                yield table
        except torch.OutOfMemoryError as error:
            smaller = held.smaller()
            if smaller is None:
                raise _too_little_memory(device) from error
            held = smaller
        # Only here has the error let go of what the search held.
        if start < len(task.rows) and device.type == "cuda":
            # An error that a reading thread raised holds itself, and with it whatever its frames hold.
            gc.collect()
            torch.cuda.empty_cache()
    if not given:
        yield _nothing(task)


def _searched(search: Search, seeds: Positions | None) -> Iterator[Neighbors]:
    search.choose_targets(seeds)
    yield from search.blocks()


def _too_little_memory(device: torch.device) -> EmbdriftError:
    return EmbdriftError(f"{device} has too little free memory for this search; free some, or set device=cpu")


def _nothing(task: SearchTask) -> Neighbors:
    none, flat = np.empty((0, task.k), task.position_type), np.empty(0, np.int64)
    return Neighbors(none, np.empty((0, task.k)), flat, np.zeros(1, np.int64), none[:, 0], task.n_corpus)


@cache
def kernels_for(device: torch.device) -> Kernels:
    """What does the work on a device: Triton's kernels where they serve it, else plain torch, with one warning."""
    if device.type != "cuda":
        return _interpreted() or plain
    reason = _not_fast(device)
    if reason is None:
        from embdrift.search.cuda import launch

        return launch
    warnings.warn(f"exact search runs in plain torch, which is slower, because {reason}", RuntimeWarning, stacklevel=2)
    return plain


def _interpreted() -> Kernels | None:
    if find_spec("triton") is None:
        return None
    from embdrift.search.cuda import launch

    return launch if launch.INTERPRETED else None


def _not_fast(device: torch.device) -> str | None:
    """Why the Triton kernels do not serve a GPU, or None where they do."""
    if find_spec("triton") is None:
        return "Triton is not installed: install triton 3.6 or newer"
    if torch.cuda.get_device_capability(device) < _OLDEST_FAST:
        return f"{device} is older than the Hopper generation, which its fast kernels are made for"
    return _broken(device)


def _broken(device: torch.device) -> str | None:
    """What keeps the kernels from running or from being right, tried out."""
    try:
        from triton.errors import TritonError

        from embdrift.search.cuda.device_check import keeps_the_model
        from embdrift.search.cuda.launch import INTERPRETED
    except ImportError as error:
        return f"the installed Triton lacks what its kernels need ({error}): install triton 3.6 or newer"
    if INTERPRETED:
        return "TRITON_INTERPRET=1 makes Triton interpret its kernels"
    try:
        with torch.cuda.device(device):
            sound = keeps_the_model(device)
    except torch.OutOfMemoryError as error:
        raise _too_little_memory(device) from error
    except (TritonError, RuntimeError, OSError, subprocess.SubprocessError) as error:
        return f"Triton's kernels do not run on {device}: {_first_line(error)}"
    return None if sound else f"{device} adds products up with larger errors than the fast search can prove with"


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
