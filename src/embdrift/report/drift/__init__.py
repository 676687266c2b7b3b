"""The report of a drift run: that of neighbour shift, with what distributions and geometry say beside it."""

from embdrift.report.drift.writing import drift_sentences, write_drift_report

__all__ = ["drift_sentences", "write_drift_report"]
