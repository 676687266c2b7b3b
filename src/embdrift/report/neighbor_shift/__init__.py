"""The report of a neighbor-shift run."""

from embdrift.report.neighbor_shift.content import contents
from embdrift.report.neighbor_shift.sentences import conclusion
from embdrift.report.registry import StudyReport

REPORT = StudyReport(conclude=conclusion, contents=contents)
