"""Saved runs as figures, tables, Markdown and HTML; nothing here computes a metric."""

from embdrift.report.conclusion import Conclusion, Finding, Movement
from embdrift.report.judging import judge_run
from embdrift.report.registry import StudyReport, register_report, report, report_of, sentences

__all__ = [
    "Conclusion",
    "Finding",
    "Movement",
    "StudyReport",
    "judge_run",
    "register_report",
    "report",
    "report_of",
    "sentences",
]
