"""The work of one process: build an index, or load it where it is kept, and search it with every setting."""

import json
import os
import re
import shutil
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from embdrift.errors import EmbdriftError, InputError
from embdrift.files import storing, whole_file
from embdrift.index.building import (
    Built,
    distances_per_query,
    fresh,
    kind_of,
    list_imbalance,
    reset_counters,
    serialized_bytes,
    stale,
    to_cpu,
    to_gpu,
)
from embdrift.index.faiss_module import gpu_for, load_faiss
from embdrift.index.job import BuildFacts, Job, Outcome, SearchFacts, State, read_job, write_outcome
from embdrift.index.kind import Build, Point
from embdrift.index.memory import PeakMemory, require_memory
from embdrift.index.searching import (
    Rate,
    answers_of,
    one_by_one,
    out_of_range,
    raw_search,
    set_point,
    timed,
)
from embdrift.types import Array, Positions

_PLACE = re.compile(r"^Error in .*? at \S+:\d+: ", re.DOTALL)
_CONDITION = re.compile(r"^Error: '(?P<condition>.*?)' failed(?:: (?P<said>.*))?$", re.DOTALL)


def complaint(build: Build, error: Exception) -> InputError:
    """An error of faiss while an index is made or searched, without the places in its source."""
    if isinstance(error, MemoryError) or "bad_alloc" in str(error):
        return InputError(f"{build.name} needs more memory than there is; choose a smaller index or fewer queries")
    text = _PLACE.sub("", str(error)).strip()
    found = _CONDITION.match(text)
    if found:
        text = found["said"] or f"it needs {found['condition']}"
    return InputError(
        f"faiss cannot use {build.name} here: {' '.join(text.split()).rstrip('.')}; leave it out or change it"
    )


INDEX, FACTS = "index.faiss", "facts.json"
WARMING = 32
"""Queries searched before anything is timed."""


class Asked(NamedTuple):
    """Queries, float32 of shape (q, d), and the positions that they must not find, shape (q,) or None."""

    queries: Array
    own: Positions | None


def main(job_path: str, outcome_path: str) -> None:
    """Do the job that a file describes and write its outcome to another."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    job = read_job(Path(job_path))
    write_outcome(Path(outcome_path), work(job))


def work(job: Job) -> Outcome:
    """Build and search; what cannot be done becomes a sentence."""
    try:
        return _work(job)
    except EmbdriftError as error:
        return Outcome(State.failed, str(error))
    except (RuntimeError, MemoryError, AssertionError) as error:
        return Outcome(State.failed, str(complaint(job.build, error)))


def _work(job: Job) -> Outcome:
    faiss = load_faiss()
    peak = PeakMemory()
    queries = np.load(job.queries)
    own = None if job.own is None else np.load(job.own)
    vectors = np.load(job.filled_with, mmap_mode="r")
    answers = 12 * len(queries) * (max(job.ks) + 1)
    require_memory(vectors.nbytes + queries.nbytes + answers, f"{len(vectors):,} vectors and {len(queries):,} queries")
    faiss.omp_set_num_threads(job.build_threads)
    built, facts = _index(job, vectors, peak)
    faiss.omp_set_num_threads(job.search_threads)
    asked = Asked(queries, own)
    every = [_search(job, built, asked, point, k) for point in job.build.grid for k in job.ks]
    return Outcome(State.done, "", facts, tuple(one for one, _ in every), tuple(found for _, found in every))


def _index(job: Job, vectors: Array, peak: PeakMemory) -> tuple[Built, BuildFacts]:
    gpu = gpu_for(job.device) if job.build.gpu else None
    kept = Path(job.kept_index)
    if (kept / FACTS).exists():
        built, facts = _load(job, kept, gpu)
    else:
        source = np.load(job.trained_on, mmap_mode="r")
        built = fresh(job.build, source, similarity=job.similarity, seed=job.seed, gpu=gpu)
        facts = _facts(built, peak)
        if job.keep:
            _save(kept, built, facts)
    if job.is_stale:
        built = stale(job.build, built, np.ascontiguousarray(vectors))
        facts = _facts(built, peak)
    return built, facts


def _facts(built: Built, peak: PeakMemory) -> BuildFacts:
    highest = peak.bytes()  # before serialising, which takes as much again
    return BuildFacts(
        build_seconds=built.seconds,
        index_bytes=serialized_bytes(built),
        peak_memory_bytes=highest,
        imbalance=list_imbalance(built),
        ran_on="cpu" if built.gpu is None else f"cuda:{built.gpu}",
    )


def _save(folder: Path, built: Built, facts: BuildFacts) -> None:
    faiss = load_faiss()
    with storing(folder):
        shutil.rmtree(folder, ignore_errors=True)
    with whole_file(folder / INDEX) as path:
        faiss.write_index(to_cpu(built.index, built.gpu), str(path))
    # Last, so that its existence means a whole index.
    with whole_file(folder / FACTS) as path:
        path.write_text(json.dumps(asdict(facts)), encoding="utf-8")


def _load(job: Job, folder: Path, gpu: int | None) -> tuple[Built, BuildFacts]:
    facts = BuildFacts(**json.loads((folder / FACTS).read_text(encoding="utf-8")))
    os.utime(folder / FACTS)
    index: Any = load_faiss().read_index(str(folder / INDEX))
    if gpu is not None:
        index = to_gpu(index, gpu)
    return Built(index, kind_of(job.build), gpu, facts.build_seconds), facts


def _search(job: Job, built: Built, asked: Asked, point: Point, k: int) -> tuple[SearchFacts, Array | None]:
    queries, own = asked
    depth = k + (own is not None)
    reason = out_of_range(job.build, point, depth)
    if reason:
        return SearchFacts(point, k, reason), None
    set_point(built, point)
    raw_search(built, queries[:WARMING], depth, point)
    reset_counters()
    found, batch = timed(lambda: raw_search(built, queries, depth, point), len(queries), job.repeats)
    distances = distances_per_query(built, searches=batch.repeats, queries=len(queries), k=depth, point=point)
    few = queries[: job.single_queries]
    _, single = timed(lambda: one_by_one(built, few, depth, point), len(few), job.repeats)
    answers = answers_of(*found, k, similarity=job.similarity, own=own)
    facts = SearchFacts(point, k, "", _three(batch), _three(single), distances)
    return facts, answers.positions.astype(np.int32 if built.index.ntotal < 2**31 else np.int64)


def _three(rate: Rate) -> tuple[float, float, float]:
    return rate.median, rate.slowest, rate.fastest


def _end_with_parent() -> None:
    """Stop at once when the process that started this one is gone: its end closes the pipe."""
    # Not through sys.stdin: its lock would be held while the interpreter ends.
    os.read(0, 1)
    os._exit(3)
