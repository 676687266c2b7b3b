"""Saved runs of the precision study as figures, tables, Markdown and HTML; nothing here computes a metric."""

from embdrift.report.precision.findings import precision_sentences
from embdrift.report.precision.writing import write_precision_report

__all__ = ["precision_sentences", "write_precision_report"]
