from embdrift.bench.exact import Measurement, measure
from embdrift.bench.report import write_benchmark
from embdrift.bench.systems import PEERS
from embdrift.bench.vectors import benchmark_vectors

__all__ = ["PEERS", "Measurement", "benchmark_vectors", "measure", "write_benchmark"]
