"""Exact neighbours on a CUDA device: every row screened in float16, scored in float64, and proven."""

import warnings
from collections.abc import Iterator
from importlib.util import find_spec

import torch

from embdrift.search.cuda.certificate import Certificate
from embdrift.search.cuda.plain import plain_blocks
from embdrift.search.cuda.plan import Plan
from embdrift.search.task import SearchTask
from embdrift.types import Neighbors, Positions

_NEWEST_WITHOUT = (8, 9)


def cuda_blocks(
    task: SearchTask, device: torch.device, *, start: int = 0, seeds: Positions | None = None
) -> Iterator[Neighbors]:
    """The neighbours of queries `start` and after, some queries at a time, in order.

    Args:
        task: what to search for; its vectors may lie on the host, be memory-mapped, or lie on the device
        device: where to search
        start: the first query asked for
        seeds: int64, shape (q, s), corpus positions that are probably near each query, or -1: the neighbours of an
            earlier version, two to three times k of them. They save time and change no result.

    Raises:
        InputError: when a vector holds NaN or infinity, or is zero under cosine
        EmbdriftError: when a row cannot be proven, which a sound device excludes
    """
    for table, _ in certified_blocks(task, device, start=start, seeds=seeds):
        yield table


def certified_blocks(
    task: SearchTask,
    device: torch.device,
    *,
    start: int = 0,
    seeds: Positions | None = None,
    plan: Plan | None = None,
) -> Iterator[tuple[Neighbors, Certificate]]:
    """As `cuda_blocks`, each table with its certificate.

    Args:
        task: what to search for
        device: where to search; a CPU where Triton interprets its kernels
        start: the first query asked for
        seeds: as above
        plan: how much happens at a time, None to make it fit into the memory that is free
    """
    if not fast_path(device):
        yield from plain_blocks(task, device, start=start)
        return
    from embdrift.search.cuda.proof import proven_blocks

    yield from proven_blocks(task, device, start=start, seeds=seeds, plan=plan)


def fast_path(device: torch.device) -> bool:
    """Whether the Triton kernels serve this device; where they should but do not keep their promise, it warns."""
    if find_spec("triton") is None:
        return False
    from embdrift.search.cuda.launch import INTERPRETED

    if device.type != "cuda":
        return INTERPRETED
    if torch.cuda.get_device_capability(device) <= _NEWEST_WITHOUT:
        return False
    from embdrift.search.cuda.selftest import keeps_the_model

    with torch.cuda.device(device):
        sound = keeps_the_model(device)
    if not sound:
        warnings.warn(
            f"{device} adds products up with larger errors than the fast search can prove with: plain torch is used",
            RuntimeWarning,
            stacklevel=2,
        )
    return sound
