"""One figure per file: functions take a frame and give a figure, the caller saves it."""

from embdrift.report.plots.cohort_bars import cohort_bars
from embdrift.report.plots.hubness import hubness
from embdrift.report.plots.overlap_curve import overlap_curve
from embdrift.report.plots.overlap_histogram import overlap_histogram
from embdrift.report.plots.rank_displacement import rank_displacement
from embdrift.report.plots.saving import save_figure
from embdrift.report.plots.score_density import score_density
from embdrift.report.plots.style import house_style

__all__ = [
    "cohort_bars",
    "house_style",
    "hubness",
    "overlap_curve",
    "overlap_histogram",
    "rank_displacement",
    "save_figure",
    "score_density",
]
