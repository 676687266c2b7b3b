"""Sweeps, by Hydra's own launchers, so that joblib, submitit and Ray work as everywhere."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import hydra
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig

from embdrift.config.composing import compose_run, register, sentences, to_run
from embdrift.config.overrides import override
from embdrift.config.paths import CONFIGS
from embdrift.config.schema import RunConfig

Job = Callable[[RunConfig, Path], None]


def sweep_jobs(overrides: Sequence[str]) -> list[list[str]]:
    """The overrides of each job of a sweep.

    Raises:
        InputError: when an override cannot be read
    """
    with sentences():
        parsed = OverridesParser.create().parse_overrides(list(overrides))
        batches: list[list[list[str]]] = BasicSweeper.split_arguments(parsed, max_batch_size=None)
    return [job for batch in batches for job in batch]


def sweep(overrides: Sequence[str], folder: Path, run_job: Job) -> list[Path]:
    """Run every job of a sweep, each in a folder of its own below `folder`.

    All jobs are composed and checked before the first one starts.

    Args:
        overrides: with sweeps in them, as Hydra users write them
        folder: the sweep's folder
        run_job: runs one config and writes to a folder
    Returns:
        the folders of jobs that did not finish
    Raises:
        InputError: when a job's config is wrong
    """
    jobs = sweep_jobs([one for one in overrides if not one.startswith("hydra")])
    for job in jobs:
        compose_run(job)
    register()

    @hydra.main(version_base="1.3", config_path=str(CONFIGS), config_name="config")
    def main(config: DictConfig) -> None:
        run_job(to_run(config), Path(HydraConfig.get().runtime.output_dir))

    before = sys.argv
    sys.argv = [before[0], *overrides, override("hydra.sweep.dir", str(folder.absolute())), "--multirun"]
    try:
        main()
    finally:
        sys.argv = before
    made = sorted(path for path in folder.iterdir() if path.is_dir())
    return [path for path in made if not (path / "record.json").exists()]
