"""Saved runs of the ANN-recall study as figures, tables, Markdown and HTML; nothing here computes a metric."""

from embdrift.report.ann_recall.findings import ann_sentences
from embdrift.report.ann_recall.writing import write_ann_report

__all__ = ["ann_sentences", "write_ann_report"]
