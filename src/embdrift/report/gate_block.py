"""The verdict of a gate, as it stands at the top of a report."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embdrift.gates import (
    NOT_PASSED,
    CandidateVerdict,
    Outcome,
    RuleResult,
    Verdict,
    read_verdict,
    severity,
)
from embdrift.report.wording import one_line, plural
from embdrift.results import VERDICT_FILE

WORDS = {
    Outcome.pass_: "pass",
    Outcome.warn: "warning",
    Outcome.fail: "fail",
    Outcome.inconclusive: "inconclusive",
    Outcome.not_measured: "not measured",
}
MOST_RULES = 6
"""Rules that a candidate's block shows; the others are folded away."""


@dataclass(frozen=True)
class RuleLine:
    """One rule that did not pass: its outcome in words, and the figure with its limit."""

    outcome: str
    sentence: str


@dataclass(frozen=True)
class CauseLine:
    """One likely cause with its evidence."""

    name: str
    evidence: str


@dataclass(frozen=True)
class CandidateBlock:
    """What the gate says about one candidate.

    Args:
        name: the candidate
        outcome: in words
        kind: the outcome's name, for the page's style
        finding: what moved
        rules: what failed, then what cannot be told, then what warned; whole scopes before cohorts, at most six
        further: the others that did not pass
        causes: what probably lies behind it
        rest: how many rules passed, and how many were not measured
    """

    name: str
    outcome: str
    kind: str
    finding: str
    rules: tuple[RuleLine, ...]
    further: tuple[RuleLine, ...]
    causes: tuple[CauseLine, ...]
    rest: str


@dataclass(frozen=True)
class GateBlock:
    """What the gate says about a run, the worst candidate first.

    Args:
        title: the outcome and the gate, in words
        kind: the outcome's name, for the page's style
        candidates: one block each
    """

    title: str
    kind: str
    candidates: tuple[CandidateBlock, ...]


def gate_block(run_folder: Path) -> GateBlock | None:
    """The verdict in a run folder; None where no gate has judged the run.

    Raises:
        InputError: when `verdict.json` cannot be read
    """
    path = Path(run_folder) / VERDICT_FILE
    return block_of(read_verdict(path)) if path.is_file() else None


def block_of(verdict: Verdict) -> GateBlock:
    """A verdict as a block of a report."""
    worst_first = sorted(verdict.candidates, key=lambda one: severity(one.outcome))
    return GateBlock(
        title=one_line(f"Verdict: {WORDS[verdict.outcome]} (gate {verdict.gate}, against {verdict.reference})"),
        kind=verdict.outcome.value,
        candidates=tuple(_candidate(one) for one in worst_first),
    )


def _candidate(verdict: CandidateVerdict) -> CandidateBlock:
    broken = [result for outcome in NOT_PASSED for result in _whole_first(verdict.results(outcome))]
    lines = tuple(RuleLine(WORDS[one.outcome], f"{one_line(one.sentence)}.") for one in broken)
    return CandidateBlock(
        name=one_line(verdict.candidate),
        outcome=WORDS[verdict.outcome],
        kind=verdict.outcome.value,
        finding=_sentence(verdict.finding),
        rules=lines[:MOST_RULES],
        further=lines[MOST_RULES:],
        causes=tuple(CauseLine(one_line(one.name), _sentence("; ".join(one.evidence))) for one in verdict.causes),
        rest=_rest(verdict),
    )


def _whole_first(results: Sequence[RuleResult]) -> list[RuleResult]:
    return sorted(results, key=lambda one: one.cohort != "")


def _rest(verdict: CandidateVerdict) -> str:
    passed, unmeasured = (len(verdict.results(one)) for one in (Outcome.pass_, Outcome.not_measured))
    return f"{plural(passed, 'figure')} passed, {plural(unmeasured, 'rule')} not measured in this run."


def _sentence(text: str) -> str:
    line = one_line(text)
    return f"{line[:1].upper()}{line[1:]}{'' if line.endswith('.') else '.'}" if line else ""
