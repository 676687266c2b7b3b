"""Verdicts: the worst of what they hold, the same after JSON, and written whole."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import NAN, frame, overlap, row, rules, write_folder

from embdrift.errors import InputError, StorageError
from embdrift.gates import (
    Axis,
    Better,
    CandidateVerdict,
    Cause,
    Gate,
    Outcome,
    Rule,
    RuleResult,
    Verdict,
    exit_code,
    judge,
    read_gate,
    read_verdict,
    worst,
    write_verdict,
)
from embdrift.results import SavedRun

RULE = Rule("overlap", Better.higher, warn=0.95, fail=0.85)
outcomes = st.sampled_from(Outcome)
figures = st.floats(allow_nan=True, allow_infinity=True)


def test_exit_codes():
    assert [exit_code(one) for one in Outcome] == [0, 0, 3, 4, 4]


def test_the_worst_of_outcomes():
    assert worst([Outcome.pass_, Outcome.warn, Outcome.not_measured]) is Outcome.warn
    assert worst([Outcome.inconclusive, Outcome.warn]) is Outcome.inconclusive
    assert worst([Outcome.inconclusive, Outcome.fail, Outcome.pass_]) is Outcome.fail


def test_where_nothing_was_measured_the_answer_is_inconclusive():
    assert worst([]) is Outcome.inconclusive
    assert worst([Outcome.not_measured] * 3) is Outcome.inconclusive


@given(st.lists(outcomes), st.lists(outcomes))
@settings(deadline=None)
def test_the_worst_of_all_is_the_worst_of_the_worst(one, other):
    measured = [found for found in (one, other) if set(found) - {Outcome.not_measured}]
    assert worst([*one, *other]) is worst(worst(found) for found in measured)


@st.composite
def verdicts(draw):
    text = st.text(max_size=5)
    results = st.builds(
        RuleResult, rules(), text, text, figures, figures, figures, figures, figures, outcomes, text,
        study=text, k=st.none() | st.integers(1, 99), index=text,
    )  # fmt: skip
    causes = st.builds(Cause, text, st.lists(text, max_size=2).map(tuple))
    axes = st.sampled_from(Axis)
    candidates = st.builds(
        CandidateVerdict, text, outcomes, text, axes, axes,
        st.lists(results, max_size=2).map(tuple), st.lists(causes, max_size=2).map(tuple),
    )  # fmt: skip
    return draw(st.builds(Verdict, outcomes, text, st.lists(candidates, max_size=2).map(tuple), text))


@given(verdicts())
@settings(deadline=None, max_examples=50)
def test_a_verdict_is_the_same_after_json(verdict):
    text = verdict.to_json()
    json.loads(text, parse_constant=pytest.fail)
    again = Verdict.from_json(text)
    # NaN is not equal to itself, so texts are compared
    assert again.to_json() == text
    assert repr(again) == repr(verdict)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no verdict of embdrift"),
        ("[]", "no verdict of embdrift"),
        ("{}", "no verdict of embdrift"),
        ('{"format_version": 99}', "a verdict of format 99 cannot be read, only 1"),
        ('{"format_version": 1, "outcome": "great"}', "no verdict of embdrift"),
    ],
)
def test_what_is_no_verdict_is_said_in_a_sentence(tmp_path, text, said):
    file = tmp_path / "verdict.json"
    file.write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        read_verdict(file)
    assert str(caught.value).startswith(str(file))


@pytest.mark.parametrize(
    ("named", "found"),
    [
        (["new", "lost"], {"new": Outcome.pass_, "lost": Outcome.inconclusive}),
        ([], {"cell": Outcome.fail, "new": Outcome.pass_}),
    ],
)
def test_candidates_are_those_of_the_record_else_those_of_the_summary(named, found):
    rows = [overlap(0.1, candidate="cell"), overlap(1.0), row("ndcg", 0.7, candidate="old")]
    verdict = judge(frame(*rows), {"k": 10, "reference": "old", "candidates": named}, {}, Gate("g", (RULE,)))
    assert {one.candidate: one.outcome for one in verdict.candidates} == found
    assert verdict.outcome is worst(found.values())


def test_a_run_without_candidates_is_judged_by_the_references_own_figures():
    rows = [row("ann_recall", 0.97, candidate="old", k=10)]
    gate = Gate("g", (Rule("ann_recall", Better.higher, fail=0.95),))
    verdict = judge(frame(*rows), {"k": 10, "reference": "old", "candidates": []}, {}, gate)
    assert [(one.candidate, one.outcome) for one in verdict.candidates] == [("old", Outcome.pass_)]


def test_the_worst_candidate_decides():
    rows = [overlap(1.0, candidate="a"), overlap(0.5, candidate="b"), overlap(0.9, candidate="c")]
    verdict = judge(frame(*rows), {"k": 10, "reference": "old"}, {}, Gate("g", (RULE,)))
    assert [one.outcome for one in verdict.candidates] == [Outcome.pass_, Outcome.fail, Outcome.warn]
    assert verdict.outcome is Outcome.fail


@pytest.mark.parametrize("name", ["default", "strict", "lenient"])
def test_a_version_against_itself_passes_every_preset(name):
    same = {
        "similarity_kl": 0.0, "norm_median_change": 0.0, "share_below_threshold": 0.05, "null_vectors": 0.01,
        "near_zero_vectors": 0.0, "constant_vectors": 0.0, "duplicated_vectors": 0.02, "norm_collapse": 0.0,
        "domain_auc": 0.5, "domain_auc_p": 0.7, "index_coverage": 0.9, "removed_items_found": 0.0,
    }  # fmt: skip
    rows = [overlap(1.0), overlap(1.0, cohort="a=b"), row("top1_flip", 0.0, k=1)]
    rows += [row(metric, value, candidate=one) for metric, value in same.items() for one in ("new", "old")]
    rows += [row(f"{one}_change", 0.0, low=0.0, high=0.0) for one in ("ndcg", "rr", "recall", "precision")]
    (found,) = judge(frame(*rows), {"k": 10, "reference": "old"}, {}, read_gate(name)).candidates
    assert found.outcome is Outcome.pass_
    assert found.finding.startswith("nothing moved")
    assert found.causes == ()


def test_a_verdict_is_written_into_the_run_and_nothing_else_changes(tmp_path):
    folder = write_folder(tmp_path / "run", overlap(0.9), row("mmd", NAN, note="nan"))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    verdict = write_verdict(SavedRun(folder), Gate("mine", (RULE,)))
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert after.pop("verdict.json").decode() == verdict.to_json()
    assert after == before
    assert verdict.outcome is Outcome.warn


def test_versions_may_have_names_that_read_as_no_number(tmp_path):
    rows = [overlap(0.99, candidate="nan", reference="null")]
    folder = write_folder(tmp_path / "run", *rows, reference="null", candidates=["nan"])
    (found,) = write_verdict(SavedRun(folder), Gate("mine", (RULE,))).candidates
    assert (found.candidate, found.outcome) == ("nan", Outcome.pass_)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "record.json").unlink(), "record.json .* is missing"),
        (lambda folder: (folder / "record.json").write_text("{"), "record.json: cannot be read as JSON"),
        (lambda folder: (folder / "record.json").write_text("[]"), "a record is a JSON object, got list"),
        (lambda folder: (folder / "summary.csv").unlink(), "a run folder holds summary.csv, and this one has lost it"),
        (lambda folder: (folder / "summary.csv").write_text("a,b\n1,2\n"), "cannot be read as the summary"),
        (lambda folder: (folder / "per_query.parquet").write_text("no"), "cannot be read as per-query values"),
    ],
)
def test_a_folder_that_is_no_whole_run_is_refused_and_left_alone(tmp_path, spoil, said):
    folder = write_folder(tmp_path / "run", overlap(0.9))
    spoil(folder)
    with pytest.raises(InputError, match=said):
        write_verdict(SavedRun(folder), Gate("mine", (RULE,)))
    assert not (folder / "verdict.json").exists()


def test_a_folder_that_there_is_not(tmp_path):
    with pytest.raises(InputError, match="there is no such folder"):
        write_verdict(SavedRun(tmp_path / "none"), Gate("mine", (RULE,)))


def test_a_verdict_that_cannot_be_written_leaves_no_half_file(tmp_path, monkeypatch):
    folder = write_folder(tmp_path / "run", overlap(0.9))

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(StorageError, match="No space left"):
        write_verdict(SavedRun(folder), Gate("mine", (RULE,)))
    assert {path.name for path in folder.iterdir()} == {"record.json", "summary.csv"}


def test_infinite_figures_are_texts_in_json():
    result = RuleResult(RULE, "", "", math.inf, NAN, NAN, -math.inf, NAN, Outcome.fail, "")
    one = CandidateVerdict("new", Outcome.fail, "", Axis.moved, Axis.moved, (result,))
    written = json.loads(Verdict(Outcome.fail, "old", (one,), "g").to_json())["candidates"][0]["rules"][0]
    assert (written["value"], written["low"], written["compared"]) == ("inf", None, "-inf")
