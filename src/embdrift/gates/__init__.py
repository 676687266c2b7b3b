"""Gates: rules on the figures of a run, and the verdict that a pipeline can act on."""

from embdrift.gates.judging import judge
from embdrift.gates.outcome import Axis, Outcome, exit_code, worst
from embdrift.gates.presets import preset_names
from embdrift.gates.reading import read_gate
from embdrift.gates.rule import Better, Gate, Relative, Rule, Straddling
from embdrift.gates.verdict import CandidateVerdict, Cause, RuleResult, Verdict, read_verdict
from embdrift.gates.writing import write_verdict

__all__ = [
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
    "worst",
    "write_verdict",
]
