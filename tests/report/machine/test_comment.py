"""A verdict as a comment on a pull request."""

import math
import re
from dataclasses import replace

import pytest
from judged_run import candidate, every_outcome, result, verdict, write_run

from embdrift.gates import Better, Cause, Outcome, Relative, Rule
from embdrift.report.machine.comment import MARK, comment
from embdrift.results import read_record

HOSTILE = "<b>|`x`\n|*a*_b_[l](javascript:1)@someone://www.x.y&amp;"
GITHUB_LIMIT = 65_536


@pytest.fixture
def commented(tmp_path):
    def comment_on(found):
        return comment(found, read_record(write_run(tmp_path / "run", found, cohorts=()) / "record.json"))

    return comment_on


def columns(line):
    """How many cells a line of a table has; an escaped bar begins none."""
    return len(re.findall(r"(?<!\\)\|", line)) - 1


def rows(text):
    return [line for line in text.splitlines() if line.startswith("|")]


def test_the_outcome_comes_first_and_a_script_can_find_the_comment(commented):
    lines = commented(every_outcome()).splitlines()
    assert lines[:2] == [MARK, "### embdrift: FAIL"]


def test_each_candidate_has_its_finding_and_the_worst_comes_first(commented):
    bullets = [line for line in commented(every_outcome()).splitlines() if line.startswith("- ")]
    assert bullets[0].startswith("- **new.v2: FAIL.** distribution unmoved, neighbours scrambled")
    assert bullets[1] == "- **same: pass.** neighbours kept"


def test_the_table_shows_what_failed_before_what_cannot_be_told_and_what_warns(commented):
    shown, _ = commented(every_outcome()).split("<details>")
    assert [line.rsplit("| ", 1)[-1].removesuffix(" |") for line in rows(shown)[2:]] == [
        "FAIL", "FAIL", "inconclusive", "warning",
    ]  # fmt: skip
    assert "| new.v2 | overlap@10 corpus \\[language=sv\\] | 0.2000 | 0.8000 | FAIL |" in shown


def test_what_passed_is_folded(commented):
    _, folded = commented(every_outcome()).split("<details>")
    assert "<summary>2 further rules</summary>" in folded
    assert "| same | overlap@10 corpus | 1.0000 | 0.8000 | pass |" in folded


def test_what_was_not_measured_is_only_counted(commented):
    text = commented(every_outcome())
    assert text.endswith("</details>\n\n1 rule not measured: the run holds no such figure\n")
    assert "ann\\_recall" not in text


def test_zero_has_no_sign(commented):
    assert "| 0.0000 | 0.0000 |" in commented(verdict(candidate("new", result(Outcome.pass_, value=-0.0, limit=-0.0))))


def test_likely_causes_stand_with_their_evidence(commented):
    assert (
        "  - likely cause: identifiers mixed up (self-displacement is 0.98; lengths are the same)"
        in commented(every_outcome()).splitlines()
    )


def test_a_verdict_of_usual_size_is_short(commented):
    rules = [result(Outcome.pass_, figure=f"figure_{place}") for place in range(20)]
    rules += [result(Outcome.fail, figure=f"failed_{place}") for place in range(3)]
    named = [candidate(f"all-MiniLM-L6-v2 candidate {place}", *rules) for place in range(2)]
    assert len(commented(verdict(*named))) < 4_000


def test_no_name_breaks_the_table_or_becomes_markup(commented):
    text = commented(verdict(candidate(HOSTILE, result(Outcome.fail, cohort=HOSTILE), finding=HOSTILE)))
    assert {columns(line) for line in rows(text)} == {5}
    assert "<b>" not in text
    assert "@someone" not in text
    assert "](javascript" not in text.replace("\\](javascript", "")


def test_the_longest_verdict_stays_below_what_github_takes(commented):
    long = HOSTILE * 50
    causes = [Cause(long, (long, long))] * 50
    rules = [result(one, figure=long, cohort=long, sentence=long) for one in Outcome for _ in range(60)]
    text = commented(
        verdict(*[candidate(f"{place}{long}", *rules, finding=long, causes=causes) for place in range(40)])
    )
    assert len(text) < GITHUB_LIMIT
    assert "</details>\n" in text
    assert "32 further candidates in verdict.json" in text
    assert re.search(r"\d further causes in verdict.json", text)
    assert re.search(r"[\d,]+ further rules in verdict.json", text)


def test_a_verdict_without_a_rule_has_no_table(commented):
    text = commented(verdict(candidate("new")))
    assert rows(text) == []
    assert "### embdrift: inconclusive" in text


def test_what_a_figure_is_relative_to_is_told(commented):
    one = result(Outcome.fail, value=math.inf)
    text = commented(verdict(candidate("new", replace(one, rule=replace(one.rule, relative_to=Relative.floor)))))
    assert "| not defined (to floor) |" in text


def test_a_distance_from_a_target_stands_without_the_interval_of_the_figure(commented):
    rule = Rule("norm_median_change", Better.target, fail=0.05)
    one = replace(result(Outcome.fail, k=None, value=-0.1, limit=0.05), rule=rule, compared=0.1, low=-0.2, high=-0.06)
    assert "| 0.1000 | 0.0500 | FAIL |" in commented(verdict(candidate("new", one)))


def test_a_sampled_figure_stands_with_its_interval(commented):
    one = replace(result(Outcome.inconclusive), low=0.45, high=0.85)
    assert "| 0.5000 (0.4500 to 0.8500) | 0.8000 | inconclusive |" in commented(verdict(candidate("new", one)))
