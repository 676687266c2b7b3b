"""The verdict at the top of a report."""

import pytest

from embdrift.gates import Axis, Better, CandidateVerdict, Cause, Outcome, Rule, RuleResult, Verdict
from embdrift.report.gate_block import MOST_RULES, block_of, gate_block

HOSTILE = "<script>alert(1)</script>\nnew\u202eline"
RULE = Rule("overlap", Better.higher, fail=0.85)


def result(outcome, sentence="it is so", cohort=""):
    return RuleResult(RULE, "corpus", cohort, 0.5, 0.4, 0.6, 0.5, 0.85, outcome, sentence)


def candidate(name, outcome, *results, causes=()):
    return CandidateVerdict(name, outcome, "both moved: words", Axis.moved, Axis.moved, results, causes)


def block(*candidates, outcome=Outcome.fail):
    return block_of(Verdict(outcome, "old", candidates, "default"))


def test_the_title_names_outcome_gate_and_reference():
    assert block(outcome=Outcome.inconclusive).title == "Verdict: inconclusive (gate default, against old)"


def test_the_worst_candidate_comes_first():
    names = [one.value for one in (Outcome.pass_, Outcome.fail, Outcome.warn, Outcome.inconclusive)]
    found = block(*(candidate(name, Outcome(name)) for name in names)).candidates
    assert [one.name for one in found] == ["fail", "inconclusive", "warn", "pass"]


def test_failures_come_first_then_what_cannot_be_told_then_warnings_and_cohorts_after_the_whole():
    results = [
        result(Outcome.warn, "a"), result(Outcome.fail, "b", "lang=de"), result(Outcome.pass_, "c"),
        result(Outcome.not_measured, "d"), result(Outcome.fail, "e"), result(Outcome.inconclusive, "f"),
    ]  # fmt: skip
    (found,) = block(candidate("new", Outcome.fail, *results)).candidates
    assert [one.sentence for one in found.rules] == ["e.", "b.", "f.", "a."]
    assert found.rest == "1 figure passed, 1 rule not measured in this run."


def test_many_rules_are_folded():
    (found,) = block(candidate("new", Outcome.fail, *[result(Outcome.fail)] * (MOST_RULES + 3))).candidates
    assert (len(found.rules), len(found.further)) == (MOST_RULES, 3)


def test_names_and_sentences_stay_on_one_line_whatever_they_hold():
    cause = Cause(HOSTILE, (HOSTILE, "more"))
    (found,) = block(candidate(HOSTILE, Outcome.fail, result(Outcome.fail, HOSTILE), causes=(cause,))).candidates
    said = [found.name, found.rules[0].sentence, found.causes[0].name, found.causes[0].evidence]
    assert all("\n" not in one and "\u202e" not in one for one in said)


def test_without_a_verdict_there_is_no_block(tmp_path):
    assert gate_block(tmp_path) is None


@pytest.mark.parametrize("page", ["html", "markdown"])
def test_pages_escape_what_a_verdict_holds(page):
    from jinja2 import Environment, PackageLoader

    from embdrift.report.markdown import plain

    environment = Environment(loader=PackageLoader("embdrift.report"), autoescape=page == "html")
    name = {"html": "report.html.j2", "markdown": "report.md.j2"}[page]
    source = environment.loader.get_source(environment, name)[0]
    start, stop = source.index("{% if report.gate %}"), source.index("report.conclusion.sentence")
    environment.filters["plain"] = plain
    part = source[start:stop].rsplit("{% endif %}", 1)[0] + "{% endif %}"
    cause = Cause(HOSTILE, (HOSTILE,))
    shown = block(candidate(HOSTILE, Outcome.fail, *[result(Outcome.fail, HOSTILE)] * 9, causes=(cause,)))
    text = environment.from_string(part).render(report={"gate": shown})
    assert "<script>" not in text
    assert "more that did not pass" in text
