"""Exact search on this machine's NVIDIA GPU: its tests and measurements in one go, without a network.

Needs torch for CUDA, Triton, numpy and pytest, and nothing else; faiss is measured where it is installed. The record
is written after every step, so that what is measured stays if the time runs out: the machine, the ceilings of matrix
products, the verdict of the tests marked `gpu`, whole searches beside other systems, a profile, and the filter kernel's
rate in each configuration. A dry run does all of this on the CPU with tiny vectors, in Triton's interpreter where
TRITON_INTERPRET=1 asks for it and in plain torch otherwise: its times mean nothing, but it shows that every step runs.
"""

import json
import os
import statistics
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch

from embdrift.bench.gpu_systems import (
    float64_truth,
    free_memory,
    make_vectors,
    measure_ours,
    measure_peer,
    peers,
    time_ours,
    timed,
)
from embdrift.errors import InputError
from embdrift.search import exact, exact_search
from embdrift.search.cuda import kernels_for
from embdrift.search.cuda.operands import Shape, Side
from embdrift.search.cuda.tiles import CONFIGURATIONS, Tiles

Size = tuple[int, int, int]
"""n, d and k of a search."""

_TESTS = Path(__file__).parents[3] / "tests/search_cuda/test_cuda_gpu.py"
_TEST_SECONDS = 200.0
# Time that one more size, or one more peer, must leave.
_RESERVE_SECONDS, _PEER_SECONDS = 60.0, 45.0


@dataclass(frozen=True)
class Scale:
    """How large everything is.

    Args:
        device: where it runs
        matmul: rows of the square matrices whose product is the ceiling
        rows: rows that the filter kernel is measured on
        dimensions: their dimensions
        configurations: tile shapes that are measured
        sizes: whole searches, the one that matters most first
        profiled: the search that is profiled
    """

    device: torch.device
    matmul: int
    rows: int
    dimensions: tuple[int, ...]
    configurations: tuple[Tiles, ...]
    sizes: tuple[Size, ...]
    profiled: Size

    @property
    def dry(self) -> bool:
        """Whether this only tries the steps on the CPU."""
        return self.device.type == "cpu"


FULL = Scale(
    device=torch.device("cuda", 0),
    matmul=8192,
    rows=65536,
    dimensions=(128, 384, 768, 1536),
    configurations=tuple(CONFIGURATIONS),
    sizes=((1_000_000, 768, 100), (100_000, 768, 100), (1_000_000, 128, 10), (1_000_000, 384, 10)),
    profiled=(300_000, 768, 100),
)
DRY = Scale(
    device=torch.device("cpu"),
    matmul=64,
    rows=256,
    dimensions=(64,),
    configurations=tuple(CONFIGURATIONS)[-1:],
    sizes=((500, 32, 5), (300, 8, 2)),
    profiled=(300, 16, 3),
)


class Record:
    """What was measured so far, on disk after every step.

    Args:
        path: the JSON file
        seconds: what the whole run may take
    """

    def __init__(self, path: Path, seconds: float) -> None:
        self._path, self._began, self._seconds = path, time.monotonic(), seconds
        self.content: dict[str, Any] = {"format": 1, "errors": {}, "systems": []}
        path.parent.mkdir(parents=True, exist_ok=True)

    @property
    def seconds_left(self) -> float:
        """Seconds until the run has to end."""
        return self._began + self._seconds - time.monotonic()

    def say(self, text: str) -> None:
        """A line of progress, with the time since the start."""
        sys.stderr.write(f"[{time.monotonic() - self._began:6.1f} s] {text}\n")
        sys.stderr.flush()

    def attempt(self, name: str, step: Callable[[], Any]) -> None:
        """Keep what a step finds, or why it failed: the steps after it may still be of use."""
        try:
            self.content[name] = step()
        except Exception:  # noqa: BLE001 (whatever a compiler or a driver raises)
            self.content["errors"][name] = traceback.format_exc()[-3000:]
            self.say(f"{name} failed: {self.content['errors'][name]}")
        else:
            self.say(f"{name}: {json.dumps(self.content[name])[:1500]}")
        self.write()

    def add_system(self, measured: dict[str, Any]) -> None:
        """One system at one size."""
        self.content["systems"].append(measured)
        self.say(json.dumps({key: value for key, value in measured.items() if key != "seconds_all"}))
        self.write()

    def write(self) -> None:
        """Put it on disk, whole or not at all."""
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(self.content, indent=1) + "\n", encoding="utf-8")
        part.replace(self._path)


def run_gpu_benchmark(path: Path, *, dry: bool, seconds: float = 570.0, with_tests: bool = True) -> bool:
    """Test and measure; True where every step ran and every test passed.

    Args:
        path: where the record goes
        dry: try everything on the CPU
        seconds: time for everything
        with_tests: run the tests marked `gpu` too

    Raises:
        InputError: when there is no GPU
    """
    if not dry and not torch.cuda.is_available():
        raise InputError("bench exact --device cuda needs an NVIDIA GPU, and torch finds none; --dry tries the steps")
    scale, record = DRY if dry else FULL, Record(path, seconds)
    engine = exact.ENGINES["cpu"]
    if dry:
        exact.ENGINES["cpu"] = exact.on_cuda
    try:
        _steps(record, scale, with_tests=with_tests)
    finally:
        exact.ENGINES["cpu"] = engine
    record.say(f"done; see {path}")
    return not record.content["errors"] and (not with_tests or bool(record.content["tests"]["passed"]))


def _steps(record: Record, scale: Scale, *, with_tests: bool) -> None:
    record.attempt("machine", lambda: _machine(scale))
    record.attempt("ceilings", lambda: _ceilings(scale))
    if with_tests:
        record.attempt("tests", lambda: _tests(min(_TEST_SECONDS, record.seconds_left / 3), scale))
    for number, size in enumerate(scale.sizes):
        if record.seconds_left < _RESERVE_SECONDS:
            record.say(f"no time left for n, d, k = {size}")
            continue
        record.attempt(f"size {number}", lambda size=size: _compare(record, scale, size))  # type: ignore[misc]
        if number == 0:
            record.attempt("profile", lambda: _profile(scale))
            record.attempt("dense", lambda: _dense(scale))
            record.attempt("warm_start", lambda: _warm_start(scale))
            record.attempt("configurations", lambda: _configurations(scale))


def _machine(scale: Scale) -> dict[str, Any]:
    packages = {name: _version(name) for name in ("triton", "faiss", "numba")}
    found = packages | {
        "torch": torch.__version__, "cuda": torch.version.cuda, "python": sys.version.split()[0],
        "numpy": np.__version__,
    }  # fmt: skip
    return found if scale.dry else found | _graphics_card()


def _version(name: str) -> str | None:
    if find_spec(name) is None:
        return None
    try:
        return str(getattr(__import__(name), "__version__", "unknown"))
    except ImportError as error:
        return f"broken: {error}"


def _graphics_card() -> dict[str, Any]:
    given = torch.cuda.get_device_properties(0)
    asked = "name,driver_version,power.limit,clocks.max.sm,temperature.gpu"
    try:
        driver = subprocess.run(
            ["nvidia-smi", f"--query-gpu={asked}", "--format=csv,noheader"], capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        driver = str(error)
    return {
        "gpu": given.name,
        "capability": f"{given.major}.{given.minor}",
        "memory_bytes": given.total_memory,
        "multiprocessors": given.multi_processor_count,
        "nvidia_smi": driver,
    }


def _ceilings(scale: Scale) -> dict[str, list[int]]:
    """What torch's own matrix products reach, in GFLOP/s, cold and after two seconds of work."""
    found, n = {}, scale.matmul
    for dtype in (torch.float16, torch.bfloat16, torch.float32):
        matrix = torch.randn(n, n, device=scale.device).to(dtype)
        short = statistics.median(timed(lambda matrix=matrix: matrix @ matrix.T))  # type: ignore[misc]
        times = 2 if scale.dry else max(1, int(2 / short))
        work = lambda matrix=matrix, times=times: [matrix @ matrix.T for _ in range(times)]  # noqa: E731
        long = timed(work, repeat=1, warm=0)[0] / times
        found[str(dtype).removeprefix("torch.")] = [round(2 * n**3 / each / 1e9) for each in (short, long)]
    return found


def _tests(seconds: float, scale: Scale) -> dict[str, Any]:
    """Run the tests marked `gpu`, in a process of their own."""
    if not _TESTS.is_file():
        raise InputError("the tests are part of a checkout, and this is an installed package: leave them out")
    command = [sys.executable, "-m", "pytest", "-m", "gpu", "-x", "-rs", "-W", "default", "--durations=5", str(_TESTS)]
    environment = os.environ | ({"EMBDRIFT_DRY_GPU_TESTS": "1"} if scale.dry else {})
    begin = time.monotonic()
    try:
        done = subprocess.run(
            command,
            cwd=_TESTS.parents[2],
            env=environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        output, passed = done.stdout + done.stderr, done.returncode == 0
    except subprocess.TimeoutExpired as error:
        output, passed = f"not finished after {seconds:.0f} s: {error.stdout!r}", False
    return {"passed": passed, "seconds": round(time.monotonic() - begin, 1), "tail": output[-3000:]}


def _compare(record: Record, scale: Scale, size: Size) -> dict[str, int]:
    """Our search and every peer on the same vectors."""
    n, d, k = size
    vectors = make_vectors(n, d, scale.device)
    truth = float64_truth(vectors, k)
    ours = measure_ours(vectors, k, truth)
    record.add_system(ours)
    for name in peers():
        if record.seconds_left < _PEER_SECONDS:
            record.say(f"no time left for {name}")
            continue
        record.add_system(measure_peer(name, vectors, k, truth, ours=ours["seconds"]))
    free_memory()
    return {"n": n, "d": d, "k": k}


def _timed_search(vectors: torch.Tensor, k: int, **options: Any) -> dict[str, Any]:
    found = time_ours(vectors, k, **options)
    return {
        "seconds": statistics.median(found.seconds),
        "seconds_all": found.seconds,
        "certificate": vars(found.certificate),
    }


def _dense(scale: Scale) -> dict[str, Any]:
    """A corpus of which half are nearly the same vector, as templated texts are."""
    n, d, k = scale.profiled
    vectors = make_vectors(n, d, scale.device)
    half = vectors[n // 2 :]
    half[:] = vectors[:1] + 1e-2 * torch.nn.functional.normalize(torch.randn(half.shape, device=scale.device), dim=1)
    return {"n": n, "d": d, "k": k} | _timed_search(torch.nn.functional.normalize(vectors, dim=1), k)


def _warm_start(scale: Scale) -> dict[str, Any]:
    """A second version of a corpus, with and without the neighbors of the first."""
    n, d, k = scale.profiled
    old = make_vectors(n, d, scale.device)
    noise = torch.randn(old.shape, generator=torch.Generator(scale.device).manual_seed(8), device=scale.device)
    new = old + 0.3 * noise / d**0.5
    seeds = exact_search(old, min(3 * k, n - 1), device=str(old.device)).positions
    found = {"cold": _timed_search(new, k), "warm": _timed_search(new, k, seeds=seeds)}
    return {"n": n, "d": d, "k": k} | found


def _profile(scale: Scale) -> list[dict[str, Any]]:
    """Where the time of one search goes, kernel by kernel."""
    n, d, k = scale.profiled
    vectors = make_vectors(n, d, scale.device)
    search = lambda: exact_search(vectors, k, device=str(vectors.device))  # noqa: E731
    timed(search, repeat=1, warm=0)
    kind = torch.profiler.ProfilerActivity
    with torch.profiler.profile(activities=[kind.CPU if scale.dry else kind.CUDA]) as profiler:
        timed(search, repeat=1, warm=0)
    rows = sorted(profiler.key_averages(), key=lambda row: -row.self_device_time_total)[:30]
    return [{"kernel": row.key[:90], "calls": row.count, "ms": row.self_device_time_total / 1e3} for row in rows]


def _configurations(scale: Scale) -> list[dict[str, Any]]:
    """The filter kernel alone, on all pairs and on the upper triangle, in GFLOP/s of what it has to multiply."""
    cases = [(tiles, d, symmetric) for tiles in scale.configurations for d in scale.dimensions for symmetric in (0, 1)]
    return [
        {"tiles": str(tiles), "d": d, "symmetric": bool(symmetric)} | _rate(scale, tiles, d, symmetric=bool(symmetric))
        for tiles, d, symmetric in cases
    ]


def _rate(scale: Scale, tiles: Tiles, d: int, *, symmetric: bool) -> dict[str, Any]:
    side, n = _unreachable(scale.rows, d, scale.device), scale.rows
    shape, kernels = Shape(scaled=False, halves=False, symmetric=symmetric), kernels_for(scale.device)
    try:
        seconds = timed(lambda: kernels.filter_pairs(side, side, shape, tiles))
    except Exception as error:  # noqa: BLE001 (whatever a compiler or a driver raises: the next configuration may run)
        return {"error": f"{type(error).__name__}: {error}"[:300]}
    return {"gflops": round(n * (n + 1 if symmetric else 2 * n) * d / statistics.median(seconds) / 1e9)}


def _unreachable(n: int, d: int, device: torch.device) -> Side:
    """Rows that hardly ever reach their targets: what the kernel takes is then the products."""
    rows = torch.randn(n, d, device=device).to(torch.float16)
    ones = torch.ones(n, device=device)
    return Side(rows, torch.full((n,), 6.0 * d**0.5, device=device), ones, ones, ones)
