from embdrift.config.building import build, config_as_run
from embdrift.config.composing import compose_run, experiment_names, experiment_root
from embdrift.config.overrides import override, quoted
from embdrift.config.paths import EXPERIMENT_ROOTS, ROOT
from embdrift.config.schema import RunConfig
from embdrift.config.sweeping import sweep

__all__ = [
    "EXPERIMENT_ROOTS",
    "ROOT",
    "RunConfig",
    "build",
    "compose_run",
    "config_as_run",
    "experiment_names",
    "experiment_root",
    "override",
    "quoted",
    "sweep",
]
