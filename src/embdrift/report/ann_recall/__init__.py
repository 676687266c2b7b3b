"""The report of an ANN-recall run."""

from embdrift.report.ann_recall.content import contents
from embdrift.report.ann_recall.sentences import conclusion, in_terminal
from embdrift.report.registry import StudyReport

REPORT = StudyReport(conclude=conclusion, contents=contents, in_terminal=in_terminal)
