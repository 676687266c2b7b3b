"""Sweeps, by Hydra's own launchers, so that joblib, submitit and Ray work as everywhere."""

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from embdrift.config.complaints import sentence, sentences
from embdrift.config.composing import compose_config, parse_overrides, start_hydra, to_run
from embdrift.config.overrides import override
from embdrift.config.schema import RunConfig
from embdrift.errors import InputError, StorageError
from embdrift.files import storing

Job = Callable[[RunConfig, Path], None]


def sweep_runs(overrides: Sequence[str]) -> list[RunConfig]:
    """The run of each job of a sweep, all composed and typed.

    Raises:
        InputError: when an override cannot be read, or a job's config is wrong
    """
    return [to_run(compose_config(job)) for job in sweep_jobs(overrides)]


def sweep_jobs(overrides: Sequence[str]) -> list[list[str]]:
    """The overrides of each job of a sweep.

    Raises:
        InputError: when an override cannot be read
    """
    parsed = parse_overrides(overrides)
    for one in parsed:
        _require_harmless(one)
    with sentences():
        batches: list[list[list[str]]] = BasicSweeper.split_arguments(parsed, max_batch_size=None)
    return [job for batch in batches for job in batch]


def sweep(overrides: Sequence[str], folder: Path, run_job: Job) -> list[Path]:
    """Run every job of a sweep, each in a folder of its own below `folder`.

    A job that cannot use its settings or inputs says so itself and leaves no folder; the others run all the same.

    Args:
        overrides: with sweeps in them, as Hydra users write them; composed and checked before
        folder: the sweep's folder, made here
        run_job: runs one config and writes to a folder; other launchers than Hydra's own must be able to pickle it
    Returns:
        the folders of finished jobs
    Raises:
        InputError: when Hydra cannot use its settings, or the folder's name
        StorageError: when a job could not write its results
    """
    if "${" in str(folder.absolute()):
        raise InputError(f"the folder of a sweep cannot hold '${{', which configs read as a reference, got {folder}")
    before = _finished(folder)
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _launch([*overrides, override("hydra.sweep.dir", str(folder.absolute()))], partial(run_task, run_job))
    after = _finished(folder)
    unfinished = sorted(path.parent for path in folder.rglob(".hydra") if path.parent not in after)
    if unfinished:
        raise StorageError(
            f"the sweep's job in {unfinished[0]} could not write its results; finished work is kept, run it again"
        )
    return sorted(path for path, state in after.items() if before.get(path) != state)


def _launch(overrides: Sequence[str], task: Callable[[DictConfig], None]) -> None:
    start_hydra()
    hydra = GlobalHydra.instance().hydra
    assert hydra is not None
    try:
        hydra.multirun("config", task, list(overrides))
    except (HydraException, OmegaConfBaseException) as error:
        raise InputError(sentence(error)) from error


def run_task(run_job: Job, config: DictConfig) -> None:
    """One job as Hydra's launchers call it: convert its config, and run it in Hydra's folder for it."""
    run_job(to_run(config), Path(HydraConfig.get().runtime.output_dir))


def discard_job(folder: Path) -> None:
    """Remove the folder of a job that could not start, if Hydra's notes are all there is in it."""
    if folder.is_dir() and {path.name for path in folder.iterdir()} <= {".hydra", "run.log"}:
        shutil.rmtree(folder)


def _finished(folder: Path) -> dict[Path, tuple[int, int]]:
    """Job folders with a whole run, and what tells one record from the one that replaces it."""
    records = [(path, path.stat()) for path in folder.rglob("record.json")]
    return {path.parent: (state.st_ino, state.st_mtime_ns) for path, state in records}


def _require_harmless(given: Override) -> None:
    """The sweep's folder is embdrift's to choose, so that jobs stay inside it."""
    key, value = given.get_key_element(), str(given.value())
    outside = key == "hydra.sweep.subdir" and (value.startswith("/") or ".." in value)
    if outside or key in ("hydra.sweep.dir", "hydra.run.dir", "hydra.mode", "hydra.output_subdir"):
        raise InputError(f"{given.input_line!r} would move results out of the sweep's folder: name that with --out DIR")
    if key.startswith(("hydra.job_logging.", "hydra.hydra_logging.")):
        raise InputError(f"{given.input_line!r} has no use, since embdrift writes no log: leave it away")
