"""Runs a study and writes its run folder and report."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Any

from embdrift.api.checking import chosen, named_versions, similarity_of, whole_number
from embdrift.api.known import KnownFiles, read_known
from embdrift.api.loading import Source, load_version
from embdrift.api.opening import Run, open_run
from embdrift.cache import TableCache
from embdrift.data import TieRule, ZeroVectors
from embdrift.errors import InputError, StorageError
from embdrift.gates import Gate, read_gate
from embdrift.progress import Progress, Silent
from embdrift.report import judge_run, report
from embdrift.results import (
    InputRecord,
    default_folder,
    make_record,
    require_free,
    require_plain_name,
    write_run,
)
from embdrift.search import choose_device
from embdrift.studies import CommonOptions, NeighborShiftOptions, StudyInput, require_study, study_of
from embdrift.studies.engine.study import require_searchable
from embdrift.types import Similarity


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


def run_study(
    given: StudyInput,
    options: Any,
    folder: Path,
    *,
    name: str,
    config: Mapping[str, Any],
    files: Sequence[InputRecord] = (),
    overwrite: bool = False,
    progress: Progress | None = None,
    stopwatch: Stopwatch | None = None,
    gate: Gate | None = None,
) -> Path:
    """Run a study, write its run folder, then its report.

    Args:
        given: versions and what is known about their items
        options: the study's own settings; their type says which study it is
        folder: where the run goes
        name: the run's name
        config: settings as run, for the record
        files: further inputs, for the record
        overwrite: whether a finished run there may be replaced
        progress: told how far the work has come
        stopwatch: has timed earlier stages
        gate: judges the run, whose verdict is written with the report
    Returns:
        path of the report
    Raises:
        InputError: when versions cannot be compared, or the folder is taken
        StorageError: when something cannot be written; finished neighbour tables are kept
    """
    require_free(folder, replace=overwrite)
    for version in given.versions:
        require_searchable(version, given.common.k)
    watch = stopwatch or Stopwatch()
    device = choose_device(given.common.device)
    study = study_of(options)
    with watch.stage("study"):
        result = study.run(given, options, cache=TableCache(), progress=progress or Silent())
    record = make_record(
        given, result, study=study.name, name=name, config=config, files=files, device=device, seconds=watch.seconds
    )
    write_run(folder, result, record)
    try:
        if gate is None:
            return report(folder)
        judge_run(folder, gate)
        return folder / "report.html"
    except StorageError as error:
        raise StorageError(
            f"the run in {folder} is whole, but not its report ({error.__cause__ or error}): make room, then"
            f" `embdrift {'report' if gate is None else 'gate'} {folder}`"
        ) from error


def run(
    reference: Source,
    candidates: Mapping[str, Source],
    *,
    reference_queries: Source | None = None,
    candidate_queries: Mapping[str, Source] | None = None,
    items: Path | str | None = None,
    qrels: Path | str | None = None,
    query_weights: Path | str | None = None,
    ties: TieRule = TieRule.by_id,
    document: str | None = None,
    golden: Path | str | None = None,
    removed: Path | str | None = None,
    timestamp: str | None = None,
    as_of: str | None = None,
    k: int = 10,
    similarity: Similarity | str | None = None,
    zero_vectors: ZeroVectors = ZeroVectors.error,
    texts: bool = True,
    seed: int = 0,
    device: str = "auto",
    options: Any = None,
    name: str | None = None,
    out: Path | str | None = None,
    progress: Progress | None = None,
    gate: Gate | Path | str | None = None,
    metric: Similarity | str | None = None,
) -> Run:
    """Compare versions of embeddings: how the whole corpus's nearest neighbours move, or what `options` ask.

    Args:
        reference: vectors of the version in use: read already, an array or tensor of shape (n, d), or their file
        candidates: name -> vectors or file of a version that might replace it
        reference_queries: the reference's query vectors, where queries are compared too
        candidate_queries: name -> query vectors of each candidate, then needed as well
        items: table with an id column, cohorts and perhaps texts
        qrels: relevance judgements; they need queries
        query_weights: table of query ids and weights, where judged queries do not all count the same
        ties: how items of equal score are ranked where answers are judged
        document: column of the items with document ids, where judgements are about documents and items are chunks
        golden: table of pairs that people called alike or not, for `DriftOptions`
        removed: file of ids that were removed and must not come up, for `DriftOptions`
        timestamp: column of the items with timestamps, for `DriftOptions`
        as_of: the point in time that ages count from; the newest timestamp where None
        k: headline number of neighbours
        similarity: how vectors are compared, cosine where None; vectors that have been read already keep their own
        zero_vectors: what to do about vectors without a direction
        texts: whether results may hold texts
        seed: of samples and noise
        device: where to search: auto, cpu, cuda or cuda:N
        options: options of any registered study, such as `DriftOptions`, `AnnOptions` or `PrecisionOptions` of
            `embdrift.studies`; None for `NeighborShiftOptions()`
        name: the run's name; the study's where None
        out: the run folder; a new one below `results/` where None
        progress: told how far the work has come
        gate: judges the run: a preset's name, a file, or rules; `verdict` of the run is its answer
        metric: the old word for similarity
    Returns:
        the saved run, opened
    Raises:
        InputError: when something given cannot be used
        StorageError: when something cannot be written
    """
    common: dict[str, Any] = {
        "similarity": similarity_of(similarity, metric),
        "zero_vectors": chosen(ZeroVectors, "zero_vectors", zero_vectors),
        "progress": progress,
    }
    options = NeighborShiftOptions() if options is None else options
    study = study_of(options).name
    name = study if name is None else name
    require_plain_name(name)
    require_study(options)
    rules = gate if gate is None or isinstance(gate, Gate) else read_gate(gate)
    folder = default_folder(name) if out is None else Path(out)
    require_free(folder)
    settings = CommonOptions(
        k=whole_number("k", k, least=1), seed=whole_number("seed", seed, least=0), device=device, texts=texts
    )
    queries = named_versions("candidate_queries", candidate_queries or {})
    versions = named_versions("candidates", candidates)
    unknown = sorted(set(queries) - set(versions))
    if unknown:
        raise InputError(f"candidate_queries names {unknown[0]!r}, which is no candidate: {', '.join(versions)}")
    known = read_known(
        KnownFiles(
            items=items, qrels=qrels, query_weights=query_weights, ties=chosen(TieRule, "ties", ties),
            document=document, golden=golden, removed=removed, timestamp=timestamp, as_of=as_of,
        ),
        study=study,
    )  # fmt: skip
    given = StudyInput(
        reference=load_version(reference, reference_queries, **common),
        candidates=tuple(
            load_version(source, queries.get(called), name=called, **common) for called, source in versions.items()
        ),
        items=known.items,
        qrels=known.qrels,
        common=settings,
        golden=known.golden,
        listed=known.listed,
    )
    dataset = {"ties": ties, "document": document, "timestamp": timestamp, "as_of": as_of}
    config = {"k": settings.k, "similarity": common["similarity"], "seed": settings.seed, "study": asdict(options)}
    config["dataset"] = dataset
    run_study(given, options, folder, name=name, config=plain(config), files=known.files, progress=progress, gate=rules)
    return open_run(folder)


def plain(value: Any) -> Any:
    """Settings as plain values, for a record: enums by their values, dictionaries with text keys."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value
