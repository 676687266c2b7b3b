"""A verdict as gauges: of each candidate, of its two axes, and of every rule."""

import math
from collections.abc import Iterator

from embdrift.gates import Axis, CandidateVerdict, Outcome, RuleResult, Verdict
from embdrift.report.machine.escaping import printable
from embdrift.report.machine.prometheus.names import AXIS, RULE_LIMIT, RULE_OUTCOME, RULE_VALUE, VERDICT
from embdrift.report.machine.prometheus.series import Labels, Rank, Series, labelled
from embdrift.report.machine.rule_names import distinct_names

# What a candidate can come to; a rule alone can be not measured.
_OUTCOMES = (Outcome.pass_, Outcome.warn, Outcome.fail, Outcome.inconclusive)


def verdict_series(verdict: Verdict, run: str) -> Iterator[Series]:
    """Every outcome and every state of an axis, 1 for the one that holds; and the outcome of each rule.

    A rule has one series, with its outcome as a label: five a rule would soon exceed what a run may write. One that was
    not measured has none.

    Args:
        verdict: what the gate found
        run: name of the run, which every series bears
    """
    for candidate in verdict.candidates:
        about = [
            ("run", run),
            ("reference", printable(verdict.reference)),
            ("candidate", printable(candidate.candidate)),
        ]
        for outcome in _OUTCOMES:
            labels = labelled([*about, ("outcome", outcome.value)])
            yield Series(VERDICT, labels, float(candidate.outcome is outcome), Rank.verdict)
        yield from _axes(candidate, about)
        for name, result in zip(distinct_names(candidate.rules), candidate.rules, strict=True):
            if result.outcome is not Outcome.not_measured:
                yield from _rule(result, [*about, ("rule", printable(name))])


def _axes(candidate: CandidateVerdict, about: list[tuple[str, str]]) -> Iterator[Series]:
    for axis, found in (("distribution", candidate.distribution_axis), ("neighbors", candidate.neighbor_axis)):
        for state in Axis:
            labels = labelled([*about, ("axis", axis), ("state", state.value)])
            yield Series(AXIS, labels, float(found is state), Rank.verdict)


def _rule(result: RuleResult, about: list[tuple[str, str]]) -> Iterator[Series]:
    labels = _rule_labels(result, about)
    rank = _rank(result)
    yield Series(RULE_OUTCOME, (*labels, ("outcome", result.outcome.value)), 1.0, rank)
    for name, value in ((RULE_VALUE, result.compared), (RULE_LIMIT, result.limit)):
        if math.isfinite(value):
            yield Series(name, labels, value, rank)


def _rank(result: RuleResult) -> Rank:
    if not result.cohort:
        return Rank.rule
    return Rank.cohort_rule if result.outcome is Outcome.pass_ else Rank.cohort_unpassed_rule


def _rule_labels(result: RuleResult, about: list[tuple[str, str]]) -> Labels:
    k = result.rule.k if result.k is None else result.k
    return labelled(
        [
            *about,
            ("figure", printable(result.rule.figure)),
            ("study", printable(result.study or result.rule.study or "")),
            ("scope", printable(result.scope or result.rule.scope or "")),
            ("cohort", printable(result.cohort)),
            ("index", printable(result.index)),
            ("k", "" if k is None else str(k)),
            ("relative_to", result.rule.relative_to.value),
        ]
    )
