"""The report of a precision run."""

from embdrift.report.precision.content import contents
from embdrift.report.precision.sentences import conclusion, in_terminal
from embdrift.report.registry import StudyReport

REPORT = StudyReport(conclude=conclusion, contents=contents, in_terminal=in_terminal)
