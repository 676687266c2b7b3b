"""One figure per file: functions take a run and give a figure, the caller saves it."""

from embdrift.report.precision.plots.expected import expected
from embdrift.report.precision.plots.lost import lost
from embdrift.report.precision.plots.pareto import pareto

__all__ = ["expected", "lost", "pareto"]
