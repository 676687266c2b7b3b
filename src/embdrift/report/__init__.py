"""Saved runs as figures, tables, Markdown and HTML; nothing here computes a metric."""

from embdrift.report.judging import judge_run
from embdrift.report.neighbor_shift.finding import Finding, Verdict, verdict
from embdrift.report.record import Record
from embdrift.report.registry import report, sentences
from embdrift.report.run_folder import RunFiles, load_run, require_whole
from embdrift.report.writing import write_report

__all__ = [
    "Finding",
    "Record",
    "RunFiles",
    "Verdict",
    "judge_run",
    "load_run",
    "report",
    "require_whole",
    "sentences",
    "verdict",
    "write_report",
]
