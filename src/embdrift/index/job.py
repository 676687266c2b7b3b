"""Each index in a process of its own: what it is to build and search, how it is run, and what it answers."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from embdrift.index.kind import Build, Keeps, Point
from embdrift.types import Array, Similarity


class State(Enum):
    """What became of a cell of a sweep."""

    done = "done"
    timed_out = "timed out"
    failed = "failed"
    undefined = "undefined"


@dataclass(frozen=True)
class Job:
    """One index to build, or to take from where it is kept, and to search.

    Args:
        build: the index and its search settings
        seed: of everything random in it
        similarity: how vectors are compared
        trained_on: file of the vectors that it is trained on (.npy, float32)
        filled_with: file of the vectors that it holds in the end
        queries: file of the queries
        own: file of the position that each query must not find; None where queries are no corpus items
        ks: numbers of neighbors to search for
        repeats: timed repetitions
        single_queries: queries that are also searched one at a time
        build_threads: threads while building; only 1 gives the same index each time
        search_threads: threads while searching
        device: auto, cpu, cuda or cuda:N
        kept_index: folder of the index trained on and filled with `trained_on`, whether it is there yet or not
        keep: write that folder where it is missing
    """

    build: Build
    seed: int
    similarity: Similarity
    trained_on: str
    filled_with: str
    queries: str
    own: str | None
    ks: tuple[int, ...]
    repeats: int
    single_queries: int
    build_threads: int
    search_threads: int
    device: str
    kept_index: str
    keep: bool = True

    @property
    def is_stale(self) -> bool:
        """Whether it holds other vectors than it was trained on."""
        return self.trained_on != self.filled_with


@dataclass(frozen=True)
class SearchFacts:
    """What one search setting cost.

    Args:
        point: the search settings
        k: neighbors searched for
        note: why it was left out; empty where it was searched
        batch: queries per second at once: median, slowest, fastest
        single: the same one at a time
        distances: distance computations per query
    """

    point: Point
    k: int
    note: str = ""
    batch: tuple[float, float, float] = (float("nan"),) * 3
    single: tuple[float, float, float] = (float("nan"),) * 3
    distances: float = float("nan")


@dataclass(frozen=True)
class BuildFacts:
    """What an index cost and where it ran.

    Args:
        build_seconds: training and filling; for a stale index, refilling
        index_bytes: size when written to a file
        peak_memory_bytes: the most memory that the process held beyond what the libraries take
        imbalance: how uneven its lists are; NaN without lists
        ran_on: cpu, or cuda:N
    """

    build_seconds: float = float("nan")
    index_bytes: float = float("nan")
    peak_memory_bytes: float = float("nan")
    imbalance: float = float("nan")
    ran_on: str = "cpu"


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a process answered.

    Args:
        state: what became of the cell
        note: why, where it is not done
        built: what the index cost
        searches: one per setting and k
        found: beside each search, positions of shape (q, k), -1 where fewer were found; None where it was left out
    """

    state: State
    note: str = ""
    built: BuildFacts = field(default_factory=BuildFacts)
    searches: tuple[SearchFacts, ...] = ()
    found: tuple[Array | None, ...] = ()


def write_job(path: Path, job: Job) -> None:
    """Write a job as JSON."""
    values = asdict(job)
    values["similarity"] = job.similarity.value
    values["build"]["keeps"] = job.build.keeps.value
    path.write_text(json.dumps(values), encoding="utf-8")


def read_job(path: Path) -> Job:
    """Read a job back."""
    values = json.loads(path.read_text(encoding="utf-8"))
    build = values["build"]
    build |= {"keeps": Keeps(build["keeps"]), "grid": tuple(build["grid"])}
    return Job(
        **values | {"build": Build(**build), "similarity": Similarity(values["similarity"]), "ks": tuple(values["ks"])}
    )


def write_outcome(path: Path, outcome: Outcome) -> None:
    """Write an outcome: facts as JSON inside an .npz file, positions as its arrays."""
    facts = {
        "state": outcome.state.value,
        "note": outcome.note,
        "built": asdict(outcome.built),
        "searches": [asdict(one) for one in outcome.searches],
    }
    arrays: dict[str, Any] = {f"found_{at}": one for at, one in enumerate(outcome.found) if one is not None}
    arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    with path.open("wb") as file:
        np.savez(file, **arrays)


def read_outcome(path: Path) -> Outcome:
    """Read an outcome back."""
    with np.load(path, allow_pickle=False) as stored:
        facts: dict[str, Any] = json.loads(stored["facts"].tobytes())
        searches = tuple(_search_facts(one) for one in facts["searches"])
        found = tuple(stored.get(f"found_{at}") for at in range(len(searches)))
    return Outcome(State(facts["state"]), facts["note"], BuildFacts(**facts["built"]), searches, found)


def _search_facts(values: Mapping[str, Any]) -> SearchFacts:
    return SearchFacts(**{**values, "batch": tuple(values["batch"]), "single": tuple(values["single"])})


def run_job(job: Job, *, time_limit_seconds: float) -> Outcome:
    """Do a job in a new Python process.

    Args:
        job: what to build and search
        time_limit_seconds: after so long the process is ended and the outcome says "timed out"
    """
    # Beside the vectors, whose folder is removed by the next run where this one is killed.
    with tempfile.TemporaryDirectory(prefix="job-", dir=Path(job.queries).parent) as folder:
        given, answer, log = (Path(folder) / name for name in ("job.json", "outcome.npz", "log.txt"))
        write_job(given, job)
        code = _run([str(given), str(answer)], log, _environment(job), time_limit_seconds)
        if code is None:
            return Outcome(State.timed_out, f"{job.build.name} took longer than the limit of {time_limit_seconds:g} s")
        if code == 0:
            return read_outcome(answer)
        return Outcome(State.failed, _reason(job, code, log))


def _run(arguments: list[str], log: Path, environment: dict[str, str], limit: float) -> int | None:
    """Exit code of the process; None when it took too long."""
    with log.open("wb") as file:
        # A new interpreter, not multiprocessing: it needs no main guard in the caller's script, and none in a notebook.
        process = subprocess.Popen(
            [sys.executable, "-m", "embdrift.index", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=file,
            env=environment,
        )
        try:
            return process.wait(timeout=limit)
        except subprocess.TimeoutExpired:
            return None
        finally:
            process.kill()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()


def _environment(job: Job) -> dict[str, str]:
    threads = str(job.build_threads)
    source = str(Path(__file__).parents[2])
    path = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
    # BLAS sums in another order with more threads, so it gets those of the build in every phase.
    blas = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
    return {**os.environ, **blas, "OMP_NUM_THREADS": threads, "PYTHONPATH": path}


def _reason(job: Job, code: int, log: Path) -> str:
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    if code == -9:
        return (
            f"{job.build.name}: its process was ended by the system, most likely for lack of memory; use fewer vectors"
        )
    said = lines[-1] if lines else "it said nothing"
    how = f"crashed with signal {-code}" if code < 0 else "stopped with an error"
    return f"{job.build.name}: its process {how} ({said.strip()[:200]}); leave this index out"
