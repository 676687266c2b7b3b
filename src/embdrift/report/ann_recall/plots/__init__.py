"""One figure per file: functions take a run and give a figure, the caller saves it."""

from embdrift.report.ann_recall.plots.effort import effort
from embdrift.report.ann_recall.plots.recall_distribution import recall_distribution
from embdrift.report.ann_recall.plots.recall_speed import recall_speed
from embdrift.report.ann_recall.plots.transfer import transfer

__all__ = ["effort", "recall_distribution", "recall_speed", "transfer"]
