"""`embdrift bench exact`: this machine's exact search, measured against other systems in one run."""

import argparse
import platform
from pathlib import Path
from typing import TYPE_CHECKING

from embdrift.errors import InputError

if TYPE_CHECKING:
    import torch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `embdrift bench` takes."""
    parser.add_argument("what", choices=["exact"], help="what is measured: exact search of a corpus against itself")
    parser.add_argument("--n", default="20000", metavar="N", help="vectors; several sizes with commas (default 20000)")
    parser.add_argument("--d", type=int, default=384, metavar="D", help="dimension (default 384)")
    parser.add_argument("--k", type=int, default=10, metavar="K", help="neighbours (default 10)")
    parser.add_argument("--peers", default="faiss", metavar="NAMES", help="faiss, torch, sklearn, or an empty list")
    parser.add_argument(
        "--repeat", type=int, default=3, metavar="R", help="runs of each; the median counts (default 3)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the synthetic vectors (default 0)")
    parser.add_argument("--vectors", metavar="FILE", help="measure the first N vectors of a file, made unit length")
    parser.add_argument("--json", metavar="FILE", help="where the figures go; by default beside the table")
    parser.add_argument("--out", default="results/benchmarks", metavar="FOLDER", help="where table and plot go")


def run(args: argparse.Namespace) -> int:
    """Measure, print the table, and write it.

    Raises:
        InputError: when sizes or peers do not fit
        StorageError: when something cannot be written
    """
    import torch

    from embdrift.bench import measure, write_benchmark
    from embdrift.bench.exact import CEILINGS, matmul_gflops
    from embdrift.bench.report import text
    from embdrift.cli.console import console_progress
    from embdrift.results.environment import device_facts, package_versions

    peers = [name for name in args.peers.split(",") if name]
    found = []
    with console_progress() as progress:
        for n in _sizes(args.n):
            vectors = _vectors(args, n)
            found += measure(vectors, args.k, peers=peers, repeat=args.repeat, progress=progress)
    facts, versions = device_facts(torch.device("cpu")), package_versions()
    shown = ("embdrift", "torch", "numpy", "numba", "faiss-cpu")
    machine = {
        "processor": f"{facts['name']}, {facts['threads']} threads",
        "system": platform.platform(),
        "versions": ", ".join(f"{name} {versions[name]}" for name in shown if name in versions),
    }
    ceilings = {kind: matmul_gflops(vectors.shape[1], getattr(torch, kind)) for kind in CEILINGS}
    print(text(found, machine, ceilings), end="")
    given = Path(args.json) if args.json else None
    for path in write_benchmark(Path(args.out), found, machine=machine, ceilings=ceilings, json_file=given):
        print(path)
    return 0


def _sizes(given: str) -> list[int]:
    try:
        sizes = [int(size) for size in given.split(",")]
    except ValueError as error:
        raise InputError(f"--n must be whole numbers with commas between them, got {given!r}") from error
    if min(sizes) < 2:
        raise InputError(f"--n must be at least 2, got {min(sizes)}")
    return sizes


def _vectors(args: argparse.Namespace, n: int) -> "torch.Tensor":
    import torch

    from embdrift.bench import benchmark_vectors

    if args.vectors is None:
        return benchmark_vectors(n, args.d, args.seed)
    from embdrift.data import read

    whole = read(args.vectors).vectors
    if len(whole) < n:
        raise InputError(f"--n must be at most the {len(whole):,} vectors of {args.vectors}, got {n:,}")
    return torch.nn.functional.normalize(whole[:n].to(torch.float32), dim=1).contiguous()
