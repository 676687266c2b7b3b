"""Gates: rules on the figures of a run, and the verdict that a pipeline can act on."""

from embdrift.gates.judging import judge, write_verdict
from embdrift.gates.outcome import NOT_PASSED, Axis, Outcome, exit_code, severity, worst
from embdrift.gates.presets import preset_names
from embdrift.gates.reading import read_gate
from embdrift.gates.rule import Better, Gate, Relative, Rule, Straddling
from embdrift.gates.verdict import CandidateVerdict, Cause, RuleResult, Verdict, read_verdict

__all__ = [
    "NOT_PASSED",
    "Axis",
    "Better",
    "CandidateVerdict",
    "Cause",
    "Gate",
    "Outcome",
    "Relative",
    "Rule",
    "RuleResult",
    "Straddling",
    "Verdict",
    "exit_code",
    "judge",
    "preset_names",
    "read_gate",
    "read_verdict",
    "severity",
    "worst",
    "write_verdict",
]
