"""Options of an ANN-recall study, and its registration."""

from dataclasses import dataclass, field
from math import inf

from embdrift.errors import InputError
from embdrift.index import IndexChoice, capabilities, no_index
from embdrift.studies.registry import Study, register_study


@dataclass
class AnnOptions:
    """The indexes to sweep, and their settings.

    Args:
        index: the index types and their parameters; presets by corpus size are in `configs/index`
        ks: numbers of neighbors to search for; the run's own k is added where it is missing
        seeds: build seeds; three or more show what training noise does
        target_recall: what an operating point is tuned to
        tolerance: loss of recall that does not matter; a smaller one needs more queries to tell
        threshold: what counts as good enough for one query
        tie_share: items this near to the k-th score count as ties in the tie-aware recall, as a share of the distance
        query_sample: queries to measure at most, drawn at random; from the corpus items where there are no queries
        stale: also put each candidate's vectors into the indexes that were trained on the reference
        repeats: timed repetitions of each search
        single_queries: queries that are also timed one at a time
        time_limit_seconds: after so long the process of one index is ended, and the sweep goes on
        build_threads: threads while building; only 1 gives the same index each time
        search_threads: threads while searching
        resamples: resamples of the bootstrap
        kept_gb: room for built indexes in the cache, in gigabytes
        ground_truth: a file of neighbors to check ours against (ann-benchmarks HDF5, .ivecs, .ibin)
    """

    index: IndexChoice = field(default_factory=no_index)
    ks: list[int] = field(default_factory=lambda: [1, 10, 100])
    seeds: list[int] = field(default_factory=lambda: [0, 1, 2])
    target_recall: float = 0.95
    tolerance: float = 0.02
    threshold: float = 0.9
    tie_share: float = 1e-3
    query_sample: int | None = 1000
    stale: bool = True
    repeats: int = 3
    single_queries: int = 100
    time_limit_seconds: float = 900.0
    build_threads: int = 1
    search_threads: int = 1
    resamples: int = 10000
    kept_gb: float = 20.0
    ground_truth: str | None = None


def require_options(options: AnnOptions) -> None:
    """Check what can be checked before any file is opened.

    Raises:
        InputError: when a setting is out of range, or no index is chosen
    """
    if not list(options.index.builds()):
        raise InputError(
            "there is no index to sweep: choose a preset such as index@study.index=10k, or one"
            " type with study.index.hnsw_flat={}"
        )
    for name in ("seeds", "ks"):
        values = getattr(options, name)
        if not values or len(set(values)) < len(values):
            raise InputError(f"{name} must be a list of distinct numbers, got {values}")
    for name, least, most in _RANGES:
        value = getattr(options, name)
        if value is not None and not least <= value <= most:
            limit = f"at least {least:g}" if most == inf else f"between {least:g} and {most:g}"
            raise InputError(f"{name} must be {limit}, got {value}")


def require_options_and_faiss(options: AnnOptions) -> None:
    """Check the options, and that faiss is there, whole, and installed once.

    Raises:
        InputError: when either is not so
    """
    require_options(options)
    capabilities()


_LEAST = 1e-6
_RANGES = (
    ("repeats", 1, inf),
    ("single_queries", 1, inf),
    ("build_threads", 1, inf),
    ("search_threads", 1, inf),
    ("resamples", 100, inf),
    ("target_recall", _LEAST, 1),
    ("threshold", _LEAST, 1),
    ("tolerance", 0, 1),
    ("tie_share", 0, 1),
    ("kept_gb", 0, inf),
    ("time_limit_seconds", _LEAST, inf),
    # halves of the queries are compared
    ("query_sample", 4, inf),
)


STUDY = register_study(
    Study(
        "ann_recall",
        AnnOptions,
        "embdrift.studies.ann_recall.study:ann_recall",
        needs_candidates=False,
        other_work="building and searching the indexes",
        require=require_options_and_faiss,
    )
)
