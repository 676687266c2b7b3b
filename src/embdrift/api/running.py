"""Runs a study and writes its run folder and report."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from embdrift.api.loading import Source, load_version
from embdrift.data import ZeroVectors, read_items, read_qrels
from embdrift.errors import InputError, StorageError
from embdrift.progress import Progress, Silent
from embdrift.report import RunFiles, load_run, write_report
from embdrift.results import InputFacts, default_folder, file_facts, make_record, require_free, write_run
from embdrift.search import choose_device
from embdrift.studies import ShiftInput, ShiftOptions, neighbor_shift
from embdrift.types import Metric


class Stopwatch:
    """Seconds per stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage."""
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 3)


def run_shift(
    given: ShiftInput,
    folder: Path,
    *,
    name: str,
    config: Mapping[str, Any],
    files: Sequence[InputFacts] = (),
    overwrite: bool = False,
    progress: Progress | None = None,
    stopwatch: Stopwatch | None = None,
) -> Path:
    """Run a neighbour-shift study, write its run folder, then its report.

    Args:
        given: versions and options
        folder: where the run goes
        name: the run's name
        config: settings as run, for the record
        files: further inputs, for the record
        overwrite: whether a finished run there may be replaced
        progress: told how far the work has come
        stopwatch: has timed earlier stages
    Returns:
        path of the report
    Raises:
        InputError: when versions cannot be compared, or the folder is taken
        StorageError: when something cannot be written; finished neighbour tables are kept
    """
    require_free(folder, replace=overwrite)
    watch = stopwatch or Stopwatch()
    device = choose_device(given.options.device)
    with watch.stage("study"):
        result = neighbor_shift(given, progress=progress)
    record = make_record(given, result, name=name, config=config, files=files, device=device, seconds=watch.seconds)
    write_run(folder, result, record)
    try:
        return write_report(folder)
    except StorageError as error:
        raise StorageError(
            f"the run in {folder} is whole, but not its report ({error.__cause__ or error}): make room, then"
            f" `embdrift report {folder}`"
        ) from error


def run(
    reference: Source,
    candidates: Mapping[str, Source],
    *,
    reference_queries: Source | None = None,
    candidate_queries: Mapping[str, Source] | None = None,
    items: Path | str | None = None,
    qrels: Path | str | None = None,
    metric: Metric = Metric.cosine,
    zero_vectors: ZeroVectors = ZeroVectors.error,
    name: str = "neighbor_shift",
    out: Path | str | None = None,
    options: ShiftOptions | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> RunFiles:
    """Compare versions of embeddings: how the whole corpus's nearest neighbours move.

    Args:
        reference: vectors of the version in use, or the file that holds them
        candidates: name -> vectors or file of a version that might replace it
        reference_queries: the reference's query vectors, where queries are compared too
        candidate_queries: name -> query vectors of each candidate, then needed as well
        items: table with an id column, cohorts and perhaps texts
        qrels: relevance judgements; they need queries
        metric: how vectors are compared; vectors that have been read already keep their own
        zero_vectors: what to do about vectors without a direction
        name: the run's name
        out: the run folder; a new one below `results/` where None
        options: how to measure
        progress: told how far the work has come
        settings: single options by name, such as `k=10`
    Returns:
        the saved run, opened
    Raises:
        InputError: when something given cannot be used
        StorageError: when something cannot be written
    """
    queries = dict(candidate_queries or {})
    unknown = sorted(set(queries) - set(candidates))
    if unknown:
        raise InputError(f"candidate_queries names {unknown[0]!r}, which is no candidate: {', '.join(candidates)}")
    folder = default_folder(name) if out is None else Path(out)
    require_free(folder)
    common: dict[str, Any] = {"metric": metric, "zero_vectors": zero_vectors, "progress": progress}
    given = ShiftInput(
        reference=load_version(reference, reference_queries, **common),
        candidates=tuple(
            load_version(source, queries.get(called), name=called, **common) for called, source in candidates.items()
        ),
        items=None if items is None else read_items(items),
        qrels=None if qrels is None else read_qrels(qrels),
        options=replace(options or ShiftOptions(), **settings),
    )
    tables = {"items": (items, given.items), "qrels": (qrels, given.qrels)}
    files = [
        file_facts(role, Path(path), len(table.frame))
        for role, (path, table) in tables.items()
        if path is not None and table is not None
    ]
    config = {"k": given.options.k, "metric": metric.value, "seed": given.options.seed}
    run_shift(given, folder, name=name, config=config, files=files, progress=progress or Silent())
    return load_run(folder)
