from embdrift.api.loading import Source, check_set, load_version
from embdrift.api.running import Stopwatch, run, run_shift

__all__ = ["Source", "Stopwatch", "check_set", "load_version", "run", "run_shift"]
