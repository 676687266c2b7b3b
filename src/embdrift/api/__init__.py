from embdrift.api.known import Known, KnownFiles, read_known
from embdrift.api.loading import Source, check_set, load_version
from embdrift.api.opening import Run, open_run
from embdrift.api.running import Stopwatch, plain, run, run_study

__all__ = [
    "Known",
    "KnownFiles",
    "Run",
    "Source",
    "Stopwatch",
    "check_set",
    "load_version",
    "open_run",
    "plain",
    "read_known",
    "run",
    "run_study",
]
