"""The report of a drift run: that of neighbor shift, with distribution and geometry beside it."""

from embdrift.report.drift.content import contents
from embdrift.report.drift.sentences import conclusion
from embdrift.report.registry import StudyReport

REPORT = StudyReport(conclude=conclusion, contents=contents)
