"""The controls that must always be told right, on small frames."""

import math

import pandas as pd
import pytest
from fake_run import SUMMARY_COLUMNS

from embdrift.report.neighbor_shift.sentences import conclusion
from embdrift.results import Record, SavedRun
from embdrift.tables import OVERLAP_PER_QUERY

NAN = float("nan")
IDENTICAL = {"overlap": 1.0, "top1_flip": 0.0, "rbo": 1.0, "self_displacement": 0.0, "noise_equivalent_overlap": 1.0}
NOISE = {"overlap": 0.9999, "top1_flip": 0.0001, "rbo": 0.9999, "self_displacement": 1e-8}
ROTATED = {"overlap": 0.99998, "top1_flip": 0.0, "self_displacement": 0.99, "aligned_self_displacement": 1e-9}
ROTATED |= {"noise_equivalent_overlap": 0.01}
DEALT = {"overlap": 0.0102, "top1_flip": 0.99, "hubness_change": 0.0, "self_displacement": 0.9}
UNRELATED = {**DEALT, "hubness_change": 1.5}
SAFE = {"overlap": 0.992, "top1_flip": 0.004, "rbo": 0.99, "noise_equivalent_overlap": 0.99}
BAD = {"overlap": 0.487, "top1_flip": 0.6, "noise_equivalent_overlap": 0.3, "lost_beyond_depth": 0.1}
SOME = {"overlap": 0.85, "noise_equivalent_overlap": 0.95}
REORDERED = {"overlap": 1.0, "top1_flip": 0.2, "rbo": 0.9}


def summary_row(scope, candidate, metric, value, **more):
    row = dict.fromkeys(SUMMARY_COLUMNS, NAN) | {
        "study": "s",
        "scope": scope,
        "reference": "old",
        "cohort": "",
        "note": "",
    }
    if metric == "overlap":
        row |= {"chance": 0.01, "floor": 0.9998}
    return row | {"candidate": candidate, "metric": metric, "k": 10.0, "n": 1000.0, "value": value} | more


def run_of(rows, candidates, *, alignment=(), differences=None, again=False):
    inputs = [{"role": "reference again", "name": "old", "n": 1}] if again else []
    record = Record(
        dict.fromkeys(("name", "study", "created", "embdrift", "python"), "x")
        | {"packages": {}, "config": {}, "device": {"kind": "cpu"}, "k": 10, "depth": 100, "texts": True}
        | {"reference": "old", "candidates": list(candidates), "inputs": inputs, "alignment": list(alignment)}
        | {"differences": differences or {}}
    )
    return SavedRun.in_memory(record, pd.DataFrame(rows, columns=SUMMARY_COLUMNS), OVERLAP_PER_QUERY.empty(), {})


def told(figures, scope="corpus", **more):
    rows = [summary_row(scope, "new", metric, value) for metric, value in figures.items()]
    found = conclusion(run_of(rows, ["new"], **more))
    everything = " ".join([found.sentence, found.findings[0].headline, *found.findings[0].details])
    return everything.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("figures", "said", "not_said"),
    [
        (IDENTICAL, ["keeps 100 % of the ten", "The lists are the same"], ["looks safe", "turned", "first hit"]),
        (NOISE, ["no more than one float32 rounding", "99.99 %"], ["turned", "random movement"]),
        (ROTATED, ["space was turned", "harmless rotation", "must be rebuilt", "must not be mixed"], ["looks safe"]),
        (DEALT, ["no more than chance", "hubness unmoved", "check first"], ["safe", "turned"]),
        (UNRELATED, ["no more than chance", "Check first"], ["hubness unmoved", "safe"]),
        (SAFE, ["looks safe", "what random movement of the same size"], ["different lists", "turned"]),
        (BAD, ["Users will see different lists", "moved less than under random movement"], ["safe"]),
        (SOME, ["changes some of what users see", "moved more than under random movement"], ["safe"]),
        (REORDERED, ["The first hit changes for 20.0 %"], ["The lists are the same"]),
    ],
)
def test_each_control_is_told_as_what_it_is(figures, said, not_said):
    text = told(figures)
    for words in said:
        assert words in text
    for words in not_said:
        assert words not in text


def test_noise_is_named_after_where_it_comes_from():
    assert "encoding the reference a second time" in told(NOISE, again=True)


def test_what_is_not_defined_is_worded_with_its_reason():
    row = summary_row("corpus", "new", "overlap", NAN, note="no query is shared", chance=NAN, floor=NAN)
    found = conclusion(run_of([row], ["new"]))
    assert "could not be measured" in found.sentence
    assert "not defined (no query is shared)" in found.findings[0].headline


@pytest.mark.parametrize("figures", [IDENTICAL, NOISE, ROTATED, DEALT, SAFE, BAD])
def test_no_pattern_of_missing_figures_breaks_the_sentences(figures):
    for missing in figures:
        assert "nan" not in told({**figures, missing: NAN})
    assert "nan" not in told(dict.fromkeys(figures, NAN))


def test_a_run_of_no_rows_and_one_of_no_candidates_are_told():
    assert "could not be measured" in conclusion(run_of([], ["new"])).sentence
    assert conclusion(run_of([], [])).sentence == "The run holds no candidate."


def test_candidates_come_from_least_to_most_moved_and_undefined_last():
    values = {"bad": 0.4, "lost": NAN, "good": 0.99, "fair": 0.9}
    found = conclusion(
        run_of([summary_row("corpus", name, "overlap", value) for name, value in values.items()], values)
    )
    assert [each.candidate for each in found.findings] == ["good", "fair", "bad", "lost"]
    assert found.sentence.index("good (99.0\u00a0%) looks safe") < found.sentence.index(
        "bad (40.0\u00a0%) changes much"
    )


def test_many_candidates_are_summed_up_in_the_sentence():
    rows = [summary_row("corpus", f"c{place}", "overlap", 0.1 + place / 20) for place in range(7)]
    sentence = conclusion(run_of(rows, [f"c{place}" for place in range(7)])).sentence
    assert "seven candidates (40.0\u00a0% down to 10.0\u00a0%) change much" in sentence


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-0.14, -0.11, "Judged quality falls: MRR 0.471 → 0.348 (interval of the change −0.140 to −0.110"),
        (-0.14, 0.11, "No change of judged quality can be told from chance: MRR 0.471 → 0.348"),
        (0.01, 0.11, "Judged quality rises: MRR"),
        (0.0, 0.0, "Judged quality stays the same: MRR 0.348"),
        (NAN, NAN, "MRR 0.471 → 0.348, without an interval"),
    ],
)
def test_judged_quality_is_told_with_its_interval(low, high, said):
    rows = [summary_row("queries", "new", metric, value) for metric, value in SAFE.items()]
    rows.append(summary_row("queries", "new", "rr", 0.348, k=NAN))
    rows.append(
        summary_row("queries", "new", "rr_change", -0.123 if low or high else 0.0, k=NAN, low=low, high=high, n=300)
    )
    found = conclusion(run_of(rows, ["new"]))
    assert said in " ".join(found.findings[0].details)
    assert ("looks safe" in found.sentence) == (not high < 0)


def test_a_candidate_that_moves_the_corpus_is_not_called_safe_for_its_queries():
    rows = [summary_row("queries", "new", "overlap", 0.99), summary_row("corpus", "new", "overlap", 0.5)]
    found = conclusion(run_of(rows, ["new"]))
    assert "moves neighbours in another scope" in found.sentence
    assert "safe" not in " ".join([found.sentence, *found.findings[0].details])
    assert "In the scope corpus it keeps 50.0\u00a0%" in " ".join(found.findings[0].details)


def test_ids_and_cards_that_differ_are_told():
    alignment = [
        {
            "candidate": "new",
            "scope": "corpus",
            "shared": 97,
            "added": 1,
            "removed": 3,
            "added_examples": ["a"],
            "removed_examples": ["b"],
        }
    ]
    text = told(SAFE, alignment=alignment, differences={"new": ("pooling mean -> cls",)})
    assert "1 id added and 3 ids removed: the figures rest on the 97 shared" in text
    assert "pooling mean -> cls" in text


def test_ties_are_told_where_they_are_many():
    assert "20.0 % of the items have ties across rank 10" in told({**SAFE, "tie_exposure": 0.2})
    assert "ties across" not in told({**SAFE, "tie_exposure": 0.001})


def test_overlap_against_a_null_of_one_is_not_an_error():
    row = summary_row("corpus", "new", "overlap", 1.0, chance=1.0, floor=1.0)
    assert math.isfinite(conclusion(run_of([row], ["new"])).findings[0].movement)
