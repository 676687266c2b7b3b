"""Saved runs as figures, tables, Markdown and HTML; nothing here computes a metric."""

from embdrift.report.conclusion import Conclusion, Finding, Movement
from embdrift.report.judging import judge_run
from embdrift.report.metric_texts.text import MetricText
from embdrift.report.metrics_catalog import metric_text
from embdrift.report.registry import StudyReport, register_report, report, report_of, sentences

__all__ = [
    "Conclusion",
    "Finding",
    "MetricText",
    "Movement",
    "StudyReport",
    "judge_run",
    "metric_text",
    "register_report",
    "report",
    "report_of",
    "sentences",
]
