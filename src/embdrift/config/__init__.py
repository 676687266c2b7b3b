from typing import TYPE_CHECKING

from embdrift.lazy import lazy_names

if TYPE_CHECKING:
    from embdrift.config.building import build, config_as_run
    from embdrift.config.composing import compose_run
    from embdrift.config.experiments import chosen_experiment
    from embdrift.config.names import experiment_names
    from embdrift.config.overrides import override, quoted
    from embdrift.config.run_checks import require_settings
    from embdrift.config.schema import RunConfig
    from embdrift.config.sweeping import discard_job, sweep, sweep_runs

__all__ = [
    "RunConfig",
    "build",
    "chosen_experiment",
    "compose_run",
    "config_as_run",
    "discard_job",
    "experiment_names",
    "override",
    "quoted",
    "require_settings",
    "sweep",
    "sweep_runs",
]

__getattr__, __dir__ = lazy_names(__name__)
