"""Rules against figures: by hand, against a slow oracle, and for all numbers at once."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import NAN, judged, numbers, only, overlap, points, row, rows_with_intervals, rules

from embdrift.gates import Better, Outcome, Relative, Rule, Straddling

BADNESS = [Outcome.pass_, Outcome.warn, Outcome.inconclusive, Outcome.fail]
LOWER = Rule("mmd", Better.lower, warn=0.1, fail=0.2)
HIGHER = Rule("overlap", Better.higher, warn=0.95, fail=0.85)


def point_outcome(rule, value):
    """What a rule says about one true value."""
    distance = {Better.lower: value, Better.higher: -value, Better.target: abs(value - rule.target)}[rule.better]
    sign = -1 if rule.better is Better.higher else 1
    if rule.fail is not None and distance > sign * rule.fail:
        return Outcome.fail
    return Outcome.warn if rule.warn is not None and distance > sign * rule.warn else Outcome.pass_


def oracle(rule, about):
    """Try every value that the interval leaves possible."""
    if about["low"] != about["low"]:
        return point_outcome(rule, about["value"])
    possible = {point_outcome(rule, value) for value in points(about["low"], about["high"], rule.target)}
    if rule.straddling is Straddling.pass_:
        return min(possible, key=BADNESS.index)
    if possible == {Outcome.fail}:
        return Outcome.fail
    return Outcome.inconclusive if Outcome.fail in possible else max(possible, key=BADNESS.index)


@given(rules(), rows_with_intervals())
@settings(deadline=None)
def test_outcomes_are_those_of_trying_every_possible_value(rule, about):
    assert only([about], rule).outcome is oracle(rule, about)


@given(rules(), rows_with_intervals(), st.integers(0, 8).map(lambda one: one / 4), st.booleans())
@settings(deadline=None)
def test_widening_limits_never_makes_an_outcome_worse(rule, about, by, both):
    by = -by if rule.better is Better.higher else by
    wider = replace(rule, fail=None if rule.fail is None else rule.fail + by)
    if both or rule.fail is None:
        wider = replace(wider, warn=None if rule.warn is None else rule.warn + by)
    before, after = (BADNESS.index(only([about], one).outcome) for one in (rule, wider))
    assert after <= before


@given(rules(), rows_with_intervals(), st.integers(0, 8).map(lambda one: one / 4))
@settings(deadline=None)
def test_a_better_figure_never_has_a_worse_outcome(rule, about, by):
    if rule.better is Better.target:
        return
    by = by if rule.better is Better.higher else -by
    better = about | {name: about[name] + by for name in ("value", "low", "high")}
    before, after = (BADNESS.index(only([one], rule).outcome) for one in (about, better))
    assert after <= before


@given(rules(), rows_with_intervals())
@settings(deadline=None)
def test_lower_and_higher_are_mirror_images(rule, about):
    if rule.better is Better.target:
        return
    other = Better.lower if rule.better is Better.higher else Better.higher
    turned = replace(
        rule,
        better=other,
        warn=None if rule.warn is None else -rule.warn,
        fail=None if rule.fail is None else -rule.fail,
    )
    image = about | {"value": -about["value"], "low": -about["high"], "high": -about["low"]}
    assert only([about], rule).outcome is only([image], turned).outcome


@given(rules(), numbers, numbers)
@settings(deadline=None)
def test_what_is_not_a_number_never_passes(rule, low, high):
    about = row("mmd", NAN, low=min(low, high), high=max(low, high))
    assert only([about], rule).outcome is Outcome.not_measured
    assert only([about], replace(rule, required=True)).outcome is Outcome.inconclusive


@pytest.mark.parametrize(
    ("value", "outcome", "limit"),
    [
        (0.1, Outcome.pass_, 0.1),
        (0.1000001, Outcome.warn, 0.1),
        (0.2, Outcome.warn, 0.1),
        (0.21, Outcome.fail, 0.2),
        (float("inf"), Outcome.fail, 0.2),
    ],
)
def test_a_figure_on_a_limit_is_within_it(value, outcome, limit):
    found = only([row("mmd", value)], LOWER)
    assert (found.outcome, found.limit) == (outcome, limit)


def test_an_interval_on_both_sides_of_the_limit_that_fails_is_inconclusive():
    found = only([row("mmd", 0.15, low=0.05, high=0.25)], LOWER)
    assert found.outcome is Outcome.inconclusive
    assert found.sentence == (
        "mmd (corpus) is 0.15 (0.05 to 0.25), an interval on both sides of the limit 0.2, so that it cannot be told"
    )


def test_an_interval_on_both_sides_of_the_limit_that_warns_warns_since_it_cannot_fail():
    found = only([row("mmd", 0.1, low=0.05, high=0.15)], LOWER)
    assert found.outcome is Outcome.warn
    assert "perhaps above the limit 0.1 that warns" in found.sentence


def test_an_interval_with_one_bound_has_no_end_on_the_other_side():
    assert only([row("mmd", 0.15, low=0.12)], LOWER).outcome is Outcome.inconclusive
    assert only([row("mmd", 0.15, high=0.18)], LOWER).outcome is Outcome.warn


def test_straddling_may_pass_so_that_only_a_certain_fall_counts():
    rule = Rule("ndcg_change", Better.higher, fail=0, straddling=Straddling.pass_)
    assert only([row("ndcg_change", -0.01, low=-0.03, high=0.01)], rule).outcome is Outcome.pass_
    assert only([row("ndcg_change", -0.01, low=-0.03, high=-0.001)], rule).outcome is Outcome.fail


def test_a_figure_no_worse_than_noise_passes_whatever_the_limit():
    found = only([overlap(0.6, floor=0.6)], HIGHER)
    assert found.outcome is Outcome.pass_
    assert found.limit == 0.6
    assert found.sentence == "overlap@10 (corpus) is 0.6, no worse than noise alone, 0.6"
    assert only([overlap(0.59, floor=0.6)], HIGHER).outcome is Outcome.fail
    assert only([overlap(0.61, low=0.59, high=0.63, floor=0.6)], HIGHER).outcome is Outcome.fail


def test_a_floor_also_holds_for_lower_and_for_target():
    assert only([row("mmd", 0.5, floor=0.5)], LOWER).outcome is Outcome.pass_
    near = Rule("norm_median_change", Better.target, fail=0.05)
    assert only([row("norm_median_change", -0.1, floor=0.1)], near).outcome is Outcome.pass_
    assert only([row("norm_median_change", -0.1, floor=0.05)], near).outcome is Outcome.fail


def test_a_figure_that_is_not_there_is_listed_and_inconclusive_where_it_is_required():
    found = only([overlap(1.0)], LOWER)
    assert (found.outcome, found.sentence) == (
        Outcome.not_measured, "mmd was not measured: the run holds no such figure of new",
    )  # fmt: skip
    assert only([overlap(1.0)], replace(LOWER, required=True)).outcome is Outcome.inconclusive


def test_a_figure_without_a_value_says_why():
    found = only([row("mmd", NAN, note="dimensions differ: 4 and 8")], LOWER)
    assert found.sentence == "mmd (corpus) is not judged: dimensions differ: 4 and 8"


def test_too_few_items_say_nothing():
    rule = Rule("overlap", Better.higher, fail=0.9, cohort="*", least_n=30)
    rows = [overlap(0.2, cohort="lang=de", n=29), overlap(0.2, cohort="lang=en", n=30)]
    assert [one.outcome for one in judged(rows, rule).rules] == [Outcome.not_measured, Outcome.fail]


class TestRelative:
    """Figures held against something else than a limit of their own."""

    def test_to_the_reference_by_difference(self):
        rule = Rule("null_vectors", Better.lower, warn=0, fail=0.01, relative_to=Relative.reference)
        rows = [row("null_vectors", 0.05), row("null_vectors", 0.045, candidate="old")]
        found = only(rows, rule)
        assert found.outcome is Outcome.warn
        assert found.compared == pytest.approx(0.005)
        assert "against the reference's 0.045, a difference of 0.005" in found.sentence

    def test_the_runs_own_paired_change_is_taken_where_there_is_one(self):
        rule = Rule("share_below_threshold", Better.lower, fail=0.01, relative_to=Relative.reference)
        rows = [
            row("share_below_threshold", 0.05, low=0.03, high=0.07),
            row("share_below_threshold", 0.05, low=0.03, high=0.07, candidate="old"),
        ]
        assert only(rows, rule).outcome is Outcome.inconclusive
        paired = row("share_below_threshold_change", 0.0, low=-0.002, high=0.002)
        assert only([*rows, paired], rule).outcome is Outcome.pass_

    def test_without_pairs_the_bounds_are_the_furthest_apart(self):
        rule = Rule("top1_similarity_median", Better.higher, fail=-0.1, relative_to=Relative.reference)
        rows = [
            row("top1_similarity_median", 0.7, low=0.68, high=0.72),
            row("top1_similarity_median", 0.8, low=0.79, high=0.81, candidate="old"),
        ]
        assert only(rows, rule).outcome is Outcome.inconclusive
        rows[0] |= {"value": 0.66, "low": 0.64, "high": 0.68}
        assert only(rows, rule).outcome is Outcome.fail

    def test_as_a_ratio(self):
        rule = Rule("norm_median", Better.target, fail=0.05, relative_to=Relative.reference_ratio)
        rows = [row("norm_median", 2.2), row("norm_median", 2.0, candidate="old")]
        found = only(rows, rule)
        assert (found.outcome, found.compared) == (Outcome.fail, pytest.approx(0.1))

    def test_a_ratio_to_nothing(self):
        rule = Rule("null_vectors", Better.lower, fail=0.5, relative_to=Relative.reference_ratio)
        nothing = row("null_vectors", 0.0, candidate="old")
        assert only([row("null_vectors", 0.0), nothing], rule).outcome is Outcome.pass_
        assert only([row("null_vectors", 0.1), nothing], rule).outcome is Outcome.fail

    def test_without_the_references_figure_nothing_is_said(self):
        rule = Rule("norm_median", Better.lower, fail=0.05, relative_to=Relative.reference)
        assert only([row("norm_median", 2.2)], rule).outcome is Outcome.not_measured

    def test_to_chance_and_to_noise(self):
        chance = Rule("overlap", Better.higher, fail=0.5, relative_to=Relative.chance)
        assert only([overlap(0.55, chance=0.1)], chance).outcome is Outcome.fail
        noise = Rule("overlap", Better.higher, warn=0, fail=-0.05, relative_to=Relative.floor)
        assert only([overlap(0.9, floor=0.92)], noise).outcome is Outcome.warn
        assert only([overlap(0.9, floor=NAN)], noise).outcome is Outcome.not_measured


class TestRows:
    """Which rows a rule is about."""

    def test_the_headline_k_unless_the_rule_names_another(self):
        rows = [overlap(0.5, k=1), overlap(0.9), overlap(0.99, k=50)]
        assert [one.k for one in judged(rows, HIGHER).rules] == [10]
        assert [one.value for one in judged(rows, replace(HIGHER, k=50)).rules] == [0.99]
        assert only(rows, replace(HIGHER, k=3)).outcome is Outcome.not_measured

    def test_a_figure_that_is_never_measured_at_the_headline_k_is_taken_as_it_is(self):
        rule = Rule("rr_change", Better.higher, fail=-0.1)
        assert only([row("rr_change", -0.2, k=100)], rule).k == 100

    def test_every_scope_unless_the_rule_names_one(self):
        rows = [overlap(0.9), overlap(0.99, scope="queries")]
        assert [one.scope for one in judged(rows, HIGHER).rules] == ["corpus", "queries"]
        assert [one.scope for one in judged(rows, replace(HIGHER, scope="queries")).rules] == ["queries"]

    def test_cohorts(self):
        rows = [overlap(0.9), *(overlap(0.9, cohort=one) for one in ("lang=de", "lang=en", "kind=a"))]
        for cohort, found in (
            ("", [""]),
            ("*", ["lang=de", "lang=en", "kind=a"]),
            ("lang=*", ["lang=de", "lang=en"]),
            ("kind=a", ["kind=a"]),
        ):
            assert [one.cohort for one in judged(rows, replace(HIGHER, cohort=cohort)).rules] == found

    def test_each_index_by_itself(self):
        rows = [row("ann_recall_transfer_change", -0.1, k=10, index=name) for name in ("HNSW32", "IVF64")]
        found = judged(rows, Rule("ann_recall_transfer_change", Better.higher, fail=-0.03)).rules
        assert [(one.index, one.outcome) for one in found] == [("HNSW32", Outcome.fail), ("IVF64", Outcome.fail)]
        assert "(corpus, HNSW32)" in found[0].sentence

    def test_a_study(self):
        rows = [overlap(0.5), overlap(0.99, study="precision")]
        assert [one.value for one in judged(rows, replace(HIGHER, study="precision")).rules] == [0.99]
