"""A verdict as Markdown short enough for a comment on a pull request."""

import math
from collections.abc import Iterator, Sequence

from embdrift.gates import NOT_PASSED, Better, CandidateVerdict, Outcome, Relative, RuleResult, Verdict, severity
from embdrift.report.gate_block import WORDS
from embdrift.report.machine.rule_names import rule_name
from embdrift.report.markdown import plain
from embdrift.report.wording import cut_middle, number, one_line, plural
from embdrift.results import Record

MARK = "<!-- embdrift verdict -->"
"""First line of the file, by which a script finds its earlier comment and replaces it."""

# GitHub takes 65,536 characters. Escaping can make five or more of one, so that names are cut and rows are counted.
CANDIDATES, ROWS, FOLDED_ROWS, CAUSES = 8, 16, 20, 3
NAME_LENGTH, SENTENCE_LENGTH = 60, 200
_WORDS = WORDS | {Outcome.fail: "FAIL"}
_HEADS = "| candidate | rule | found | limit | outcome |\n| --- | --- | ---: | ---: | --- |"
_HIDDEN = "in verdict.json"

_Row = tuple[CandidateVerdict, RuleResult]


def comment(verdict: Verdict, record: Record) -> str:
    """Outcome, the finding on each candidate, the rules worth a look with their limits, likely causes; the rest folded.

    Args:
        verdict: what the gate found
        record: of the run
    """
    return "\n".join(_lines(verdict, record)) + "\n"


def _lines(verdict: Verdict, record: Record) -> Iterator[str]:
    yield MARK
    yield f"### embdrift: {_WORDS[verdict.outcome]}"
    yield ""
    about = f"{_name(record.name)}, against {_name(verdict.reference)}, gate {_name(verdict.gate)}"
    yield f"{about}, {plain(record.created)}"
    yield ""
    # the worst first, since the list may be cut
    ordered = sorted(verdict.candidates, key=lambda one: severity(one.outcome))
    for candidate in ordered[:CANDIDATES]:
        yield from _candidate(candidate)
    yield from _left_out(len(ordered) - CANDIDATES, "candidate")
    yield from _rules(ordered)


def _candidate(candidate: CandidateVerdict) -> Iterator[str]:
    yield f"- **{_name(candidate.candidate)}: {_WORDS[candidate.outcome]}.** {_sentence(candidate.finding)}"
    for cause in candidate.causes[:CAUSES]:
        evidence = _sentence("; ".join(cause.evidence))
        yield f"  - likely cause: {_sentence(cause.name)}{f' ({evidence})' if evidence else ''}"
    if len(candidate.causes) > CAUSES:
        yield f"  - {plural(len(candidate.causes) - CAUSES, 'further cause')} {_HIDDEN}"


def _rules(candidates: Sequence[CandidateVerdict]) -> Iterator[str]:
    """What is worth a look, with the rest folded; what was not measured says nothing, and is only counted."""
    rows = [(candidate, result) for candidate in candidates for result in candidate.rules]
    rows.sort(key=lambda row: severity(row[1].outcome))
    worth = [row for row in rows if row[1].outcome in NOT_PASSED]
    passed = [row for row in rows if row[1].outcome is Outcome.pass_]
    if worth:
        yield ""
        yield from _table(worth[:ROWS])
    if rest := [*worth[ROWS:], *passed]:
        yield from _folded(rest)
    if unmeasured := len(rows) - len(worth) - len(passed):
        yield from ("", f"{plural(unmeasured, 'rule')} not measured: the run holds no such figure")


def _table(rows: Sequence[_Row]) -> Iterator[str]:
    yield _HEADS
    for candidate, result in rows:
        cells = [
            _name(candidate.candidate),
            _name(rule_name(result)),
            _compared(result),
            number(_unsigned_zero(result.limit)),
            _WORDS[result.outcome],
        ]
        yield f"| {' | '.join(cells)} |"


def _folded(rows: Sequence[_Row]) -> Iterator[str]:
    yield from ("", f"<details><summary>{plural(len(rows), 'further rule')}</summary>", "")
    yield from _table(rows[:FOLDED_ROWS])
    yield from _left_out(len(rows) - FOLDED_ROWS, "rule")
    yield from ("", "</details>")


def _left_out(count: int, noun: str) -> Iterator[str]:
    if count > 0:
        yield from ("", f"{plural(count, f'further {noun}')} {_HIDDEN}")


def _compared(result: RuleResult) -> str:
    """The figure as it was compared: with its interval, or with what it was compared to."""
    relative, compared = result.rule.relative_to, number(_unsigned_zero(result.compared))
    if relative is not Relative.none:
        return f"{compared} (to {relative.value.replace('_', ' ')})"
    # an interval is that of the figure itself, not of its distance from a target
    if result.rule.better is not Better.target and math.isfinite(result.low) and math.isfinite(result.high):
        return f"{compared} ({number(result.low)} to {number(result.high)})"
    return compared


def _unsigned_zero(value: float) -> float:
    """The value, without the sign that a difference of zero can have."""
    return value + 0.0


def _name(text: str) -> str:
    return plain(cut_middle(one_line(text), NAME_LENGTH))


def _sentence(text: str) -> str:
    line = one_line(text)
    return plain(line if len(line) <= SENTENCE_LENGTH else f"{line[: SENTENCE_LENGTH - 1].rstrip()}…")
