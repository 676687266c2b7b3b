"""One figure per file: functions take a frame and give a figure, the caller saves it."""

from embdrift.report.neighbor_shift.plots.cohort_bars import cohort_bars
from embdrift.report.neighbor_shift.plots.hubness import hubness
from embdrift.report.neighbor_shift.plots.overlap_curve import overlap_curve
from embdrift.report.neighbor_shift.plots.overlap_histogram import overlap_histogram
from embdrift.report.neighbor_shift.plots.rank_displacement import rank_displacement
from embdrift.report.neighbor_shift.plots.score_density import score_density

__all__ = ["cohort_bars", "hubness", "overlap_curve", "overlap_histogram", "rank_displacement", "score_density"]
