"""Exact search measured on this machine, beside other systems in the same run."""

from typing import TYPE_CHECKING

from embdrift.lazy import lazy_names

if TYPE_CHECKING:
    from embdrift.bench.exact import Measurement, measure
    from embdrift.bench.report import write_benchmark
    from embdrift.bench.systems import PEERS
    from embdrift.bench.vectors import benchmark_vectors

__all__ = ["PEERS", "Measurement", "benchmark_vectors", "measure", "write_benchmark"]

__getattr__, __dir__ = lazy_names(__name__)
