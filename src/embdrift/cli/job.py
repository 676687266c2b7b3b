"""One run from its config: read, measure, write, report."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numba
import torch

from embdrift.api import Stopwatch, run_study
from embdrift.cli.console import console_progress
from embdrift.config import RunConfig, build, config_as_run, discard_job
from embdrift.errors import InputError, StorageError
from embdrift.gates import Gate
from embdrift.progress import Progress
from embdrift.report import sentences
from embdrift.studies import StudyInput, study_of
from embdrift.studies.engine.estimate import estimate


def run_job(run: RunConfig, folder: Path, *, overwrite: bool, progress: Progress, gate: Gate | None = None) -> None:
    """Run one config and write its folder, with the verdict of a gate where there is one.

    Raises:
        InputError: when settings or inputs cannot be used; no folder is made then
        StorageError: when something cannot be written
    """
    set_threads(run.compute.threads)
    watch = Stopwatch()
    given, files = build(run, progress, watch)
    run_study(
        given,
        run.study,
        folder,
        name=run.name,
        config=config_as_run(run),
        files=files,
        overwrite=overwrite,
        progress=progress,
        stopwatch=watch,
        gate=gate,
    )


def sweep_job(run: RunConfig, folder: Path, *, gate: Gate | None = None) -> None:
    """One job of a sweep; a wrong one says why, leaves no folder and lets the others run."""
    try:
        with console_progress() as progress:
            run_job(run, folder, overwrite=True, progress=progress, gate=gate)
    except InputError as error:
        discard_job(folder)
        print(f"embdrift: {folder.name}: {error}", file=sys.stderr)
    except StorageError as error:
        print(f"embdrift: {folder.name}: {error}", file=sys.stderr)


def set_threads(threads: int | None) -> None:
    """Limit the CPU threads of torch and numba; None for all."""
    if threads is not None:
        torch.set_num_threads(threads)
        numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))


def dry_run(run: RunConfig, progress: Progress) -> str:
    """What a run would do, with time, memory and disk estimated; nothing is embedded, searched or written.

    Raises:
        InputError: when settings or inputs cannot be used
    """
    set_threads(run.compute.threads)
    given, _ = build(run, progress, Stopwatch(), pretend=True)
    study = study_of(run.study)
    lines = list(_embedding(run, given))
    if not study.searches(run.study):
        return "\n".join([*lines, f"no neighbor search; most of the time goes into {study.other_work}"])
    lines.append(estimate(given, query_sample=getattr(run.study, "query_sample", None)).text())
    return "\n".join([*lines, f"plus {study.other_work} (not included in the estimate)"] if study.other_work else lines)


def _embedding(run: RunConfig, given: StudyInput) -> Iterator[str]:
    for config, version in zip(run.versions, given.versions, strict=True):
        if config.encoder is not None:
            asked = f" and {version.queries.n:,} queries" if version.queries else ""
            yield (
                f"would embed {version.corpus.n:,} texts{asked} as {version.name}, unless they are in the cache already"
                " (not included in the estimate)"
            )


def tell(folder: Path) -> str:
    """The findings of a finished run, and where its report is."""
    first, *more = sentences(folder)
    return "\n".join([first, *(f"  {one}" for one in more), f"report: {folder / 'report.html'}"])
