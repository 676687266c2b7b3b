"""One rule on a run: which rows it is about, and what each of them comes to."""

import math

from embdrift.gates.comparing import Compared, compared
from embdrift.gates.outcome import Outcome
from embdrift.gates.rule import Better, Relative, Rule, Straddling
from embdrift.gates.verdict import RuleResult
from embdrift.gates.words import number, with_interval
from embdrift.results import Measurement, Summary

NAN = math.nan


def rule_results(rule: Rule, candidate: str, rows: Summary) -> tuple[RuleResult, ...]:
    """What a rule says about a candidate, row by row; one result that nothing was measured where there is no row.

    Args:
        rule: the rule
        candidate: its name in the summary
        rows: all rows of the run
    """
    about = _about(rule, candidate, rows)
    if not about:
        return (_missing(rule, candidate),)
    return tuple(_result(rule, row, rows) for row in about)


def _about(rule: Rule, candidate: str, rows: Summary) -> tuple[Measurement, ...]:
    found = [row for row in rows.rows if row.metric == rule.figure and row.candidate == candidate and _meant(rule, row)]
    return tuple(found) if rule.k is not None else rows.headline(found)


def _meant(rule: Rule, row: Measurement) -> bool:
    return (
        rule.study in (None, row.study)
        and rule.scope in (None, row.scope)
        and rule.k in (None, row.k)
        and _cohort_meant(rule.cohort, row.cohort)
    )


def _cohort_meant(wanted: str, cohort: str) -> bool:
    if wanted == "*":
        return cohort != ""
    if wanted.endswith("=*"):
        return cohort.startswith(wanted.removesuffix("*"))
    return cohort == wanted


def _missing(rule: Rule, candidate: str) -> RuleResult:
    figure = rule.figure if rule.k is None else f"{rule.figure}@{rule.k}"
    about = ", ".join(one for one in (rule.study, rule.scope, rule.cohort) if one)
    sentence = f"{figure}{f' ({about})' if about else ''} was not measured: the run holds no such figure of {candidate}"
    outcome = Outcome.inconclusive if rule.required else Outcome.not_measured
    return RuleResult(rule, rule.scope or "", "", NAN, NAN, NAN, NAN, NAN, outcome, sentence)


def _result(rule: Rule, row: Measurement, rows: Summary) -> RuleResult:
    found = compared(rule, row, rows)
    reason = found.reason if math.isnan(found.value) else _too_few(rule, row)
    if reason:
        outcome, limit = (Outcome.inconclusive if rule.required else Outcome.not_measured), NAN
        sentence = f"{row.title} is not judged: {reason}"
    elif _no_worse_than_noise(rule, row):
        outcome, limit = Outcome.pass_, row.floor
        sentence = f"{_value(row)}, no worse than noise alone, {number(row.floor)}"
    else:
        outcome, limit = decided(rule, found)
        sentence = f"{_value(row)}{_relation(rule, found)}, {_against(rule, found, outcome, limit)}"
    return RuleResult(
        rule, row.scope, row.cohort, row.value, row.low, row.high, found.value, limit, outcome, sentence,
        study=row.study, k=row.k, index=row.index,
    )  # fmt: skip


def decided(rule: Rule, found: Compared) -> tuple[Outcome, float]:
    """The outcome of a figure that is there, and the limit that decided it.

    Of a sampled figure the whole interval must lie inside a limit to pass it, and wholly beyond to fail; what lies on
    both sides of the limit that fails is inconclusive, unless the rule says that it passes.
    """
    sign = -1.0 if rule.better is Better.higher else 1.0
    best, most = sorted(sign * bound for bound in found.bounds)
    lenient = rule.straddling is Straddling.pass_
    warn, fail = (math.inf if one is None else sign * one for one in (rule.warn, rule.fail))
    fail_limit, warn_limit = (NAN if one is None else one for one in (rule.fail, rule.warn))
    if best > fail:
        return Outcome.fail, fail_limit
    if most > fail and not lenient:
        return Outcome.inconclusive, fail_limit
    if best > warn or (most > warn and not lenient):
        return Outcome.warn, warn_limit
    return Outcome.pass_, fail_limit if rule.warn is None else warn_limit


def _no_worse_than_noise(rule: Rule, row: Measurement) -> bool:
    """Nobody can ask a candidate to be nearer to the reference than a second encoding of the reference itself is."""
    if math.isnan(row.floor) or rule.relative_to not in (Relative.none, Relative.chance):
        return False
    low, high = Compared(row.value, row.low, row.high).bounds
    if rule.better is Better.higher:
        return low >= row.floor
    if rule.better is Better.lower:
        return high <= row.floor
    return max(abs(low - rule.target), abs(high - rule.target)) <= abs(row.floor - rule.target)


def _too_few(rule: Rule, row: Measurement) -> str:
    if math.isnan(row.n) or row.n >= rule.least_n:
        return ""
    return f"it rests on {row.n:.0f}, and the rule asks for {rule.least_n}"


def _value(row: Measurement) -> str:
    return f"{row.title} is {with_interval(row.value, row.low, row.high)}"


def _relation(rule: Rule, found: Compared) -> str:
    """How the figure relates to what it is compared with, where that is not plain from the figure itself."""
    parts = []
    if found.words:
        share = " in times of it" if rule.relative_to is Relative.reference_ratio else ""
        parts.append(f"against {found.words}")
        parts.append(f"a difference{share} of {with_interval(found.value, found.low, found.high)}")
    elif rule.better is Better.target:
        parts.append(f"{number(found.value)} from {number(rule.target)}")
    return "".join(f", {part}" for part in parts)


def _against(rule: Rule, found: Compared, outcome: Outcome, limit: float) -> str:
    beyond = "below" if rule.better is Better.higher else "above"
    if outcome is Outcome.pass_:
        return f"within the limit {number(limit)}"
    if outcome is Outcome.fail:
        return f"{beyond} the limit {number(limit)}"
    if outcome is Outcome.inconclusive:
        return f"an interval on both sides of the limit {number(limit)}, so that it cannot be told"
    low, high = found.bounds
    certain = high < limit if rule.better is Better.higher else low > limit
    return f"{'' if certain else 'perhaps '}{beyond} the limit {number(limit)} that warns"
