"""Paired tests and Holm's correction, against their definitions."""

from itertools import product

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from embdrift.errors import InputError
from embdrift.metrics import holm, paired_bootstrap, paired_randomization
from embdrift.metrics.significance import EXACT_UP_TO

NAN = float("nan")


def slow_p(differences, weights):
    """Every pattern of signs, one after the other."""
    terms = [difference * weight for difference, weight in zip(differences, weights, strict=True)]
    observed = abs(sum(terms))
    signs = list(product((1, -1), repeat=len(terms)))
    sums = [abs(sum(sign * term for sign, term in zip(one, terms, strict=True))) for one in signs]
    return sum(total >= observed - 1e-9 for total in sums) / len(signs)


def test_no_difference_is_no_evidence():
    found = paired_bootstrap(np.zeros(50), resamples=1000, seed=0)
    assert (found.mean, found.low, found.high, found.p) == (0, 0, 0, 1)
    test = paired_randomization(np.zeros(50), permutations=1000, seed=0)
    assert (test.p, test.note) == (1, "paired randomisation test: no query differs")


def test_a_clear_difference_is_found_and_its_interval_holds_it():
    differences = np.random.default_rng(0).normal(-0.1, 0.05, 200)
    found = paired_bootstrap(differences, resamples=2000, seed=0)
    assert found.low < -0.1 < found.high < 0
    assert found.p == pytest.approx(2 / 2001)
    half = 1.96 * differences.std(ddof=1) / np.sqrt(200)
    assert found.high - found.low == pytest.approx(2 * half, rel=0.1)
    assert paired_randomization(differences, permutations=999, seed=0).p == 1 / 1000


def test_undefined_queries_are_left_out_and_one_is_too_few_for_a_bootstrap():
    assert paired_bootstrap(np.array([0.1, np.nan, 0.1]), resamples=100, seed=0).n == 2
    assert np.isnan(paired_bootstrap(np.array([0.1, np.nan]), resamples=100, seed=0).p)


def test_one_query_is_no_evidence_and_none_has_no_p():
    assert paired_randomization(np.array([0.4, NAN]), permutations=100, seed=0).p == 1
    nothing = paired_randomization(np.array([NAN]), permutations=100, seed=0)
    assert (np.isnan(nothing.p), nothing.n, nothing.note) == (True, 0, "no difference is known")


@pytest.mark.parametrize("test", [
    lambda draws, at: paired_bootstrap(draws, resamples=400, seed=at),
    lambda draws, at: paired_randomization(draws, permutations=399, seed=at),
])  # fmt: skip
def test_p_values_are_uniform_where_there_is_no_difference(test):
    draws = np.random.default_rng(1).normal(size=(200, 60))
    p = [test(one, at).p for at, one in enumerate(draws)]
    assert 0.01 <= np.mean(np.array(p) < 0.05) <= 0.12


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 3)), min_size=1, max_size=7))
@settings(max_examples=60, deadline=None)
def test_few_queries_try_every_pattern_of_signs(pairs):
    differences, weights = np.array(pairs, np.float64).T / 10
    if not weights.any():
        return
    found = paired_randomization(differences, permutations=10, seed=0, weights=weights)
    assert found.exact
    assert found.p == pytest.approx(slow_p(differences, weights))


def test_random_patterns_come_near_to_all_of_them():
    differences = np.random.default_rng(4).normal(0.15, 0.3, EXACT_UP_TO + 1)
    found = paired_randomization(differences, permutations=20_000, seed=0)
    assert not found.exact
    assert "20,000 random" in found.note
    assert found.p == pytest.approx(slow_p(differences, np.ones(EXACT_UP_TO + 1)), abs=0.012)


def test_it_agrees_with_scipy_on_many_queries():
    differences = np.random.default_rng(5).normal(0.05, 0.3, 80)
    theirs = scipy.stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=20_000, rng=np.random.default_rng(0)
    )
    assert paired_randomization(differences, permutations=20_000, seed=0).p == pytest.approx(theirs.pvalue, abs=0.012)


def test_equal_seeds_give_equal_answers_and_signs_do_not_matter():
    differences = np.random.default_rng(6).normal(0.1, 1, 40)
    one, two, turned = (paired_randomization(sign * differences, permutations=500, seed=3) for sign in (1, 1, -1))
    assert one == two == turned


def test_a_query_of_weight_two_counts_like_two_queries():
    once = paired_randomization(np.array([0.3, -0.1]), permutations=10, seed=0, weights=np.array([2.0, 1.0]))
    assert once.p == slow_p([0.6, -0.1], [1, 1])
    mean = paired_bootstrap(np.array([0.3, -0.1]), resamples=500, seed=0, weights=np.array([2.0, 1.0])).mean
    assert mean == pytest.approx(np.mean([0.3, 0.3, -0.1]))


def test_equal_weights_change_nothing_and_weight_zero_is_not_there():
    differences = np.random.default_rng(7).normal(size=30)
    plain = paired_bootstrap(differences, resamples=300, seed=0)
    weighted = paired_bootstrap(differences, resamples=300, seed=0, weights=np.full(30, 0.5))
    assert (weighted.mean, weighted.low, weighted.high) == pytest.approx((plain.mean, plain.low, plain.high))
    more = paired_bootstrap(
        np.append(differences, 99), resamples=300, seed=0, weights=np.append(np.full(30, 0.5), 0.0)
    )  # fmt: skip
    assert more == weighted


@pytest.mark.parametrize(
    ("weights", "rule"),
    [
        ([1.0, -1.0], "a weight must be a finite number of at least 0, got -1.0"),
        ([1.0, NAN], "a weight must be a finite number of at least 0, got nan"),
        ([0.0, 0.0], "all 2 weights are 0"),
        ([1.0], "2 values need 2 weights, got 1"),
    ],
)
def test_weights_that_cannot_be_meant_are_refused(weights, rule):
    for test in (paired_bootstrap, lambda *a, resamples, **k: paired_randomization(*a, permutations=resamples, **k)):
        with pytest.raises(InputError, match=rule):
            test(np.array([0.1, 0.2]), resamples=10, seed=0, weights=np.array(weights))


def slow_holm(values):
    order = sorted(range(len(values)), key=lambda at: values[at])
    adjusted, highest = [0.0] * len(values), 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(values) - rank) * values[at]))
        adjusted[at] = highest
    return adjusted


@given(st.lists(st.floats(0, 1), max_size=8))
@settings(max_examples=80, deadline=None)
def test_holm_is_its_definition(values):
    assert holm(values) == pytest.approx(slow_holm(values))


def test_holm_leaves_undefined_values_out_of_the_family():
    assert holm([0.02, NAN, 0.04])[0] == 0.04
    assert np.isnan(holm([0.02, NAN, 0.04])[1])
