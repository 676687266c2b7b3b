from embdrift.api.checking import require_searchable
from embdrift.api.loading import Source, check_set, load_version
from embdrift.api.opening import Run, open_run
from embdrift.api.running import Stopwatch, plain, run, run_study

__all__ = [
    "Run",
    "Source",
    "Stopwatch",
    "check_set",
    "load_version",
    "open_run",
    "plain",
    "require_searchable",
    "run",
    "run_study",
]
