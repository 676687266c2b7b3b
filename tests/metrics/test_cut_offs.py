import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embdrift.metrics import precision_passed, same_precision, same_share, share_passed

SCORES = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=15)


def slow_same_precision(scores, relevant, precision):
    """Try every score as cut-off, the lowest first."""
    for cut in sorted(set(scores)):
        passed = [good for score, good in zip(scores, relevant, strict=True) if score >= cut]
        if sum(passed) / len(passed) >= precision - 1e-12:
            return cut
    return np.nan


@given(SCORES, st.integers(0, 10))
@settings(max_examples=80, deadline=None)
def test_the_cut_off_of_same_precision_is_the_lowest_that_keeps_it(pairs, tenth):
    scores, relevant = np.array(pairs, float).T
    found = same_precision(scores, relevant, tenth / 10)
    assert found == pytest.approx(slow_same_precision(scores.tolist(), relevant.tolist(), tenth / 10), nan_ok=True)


@given(SCORES, st.integers(0, 20))
@settings(max_examples=80, deadline=None)
def test_the_cut_off_of_same_share_passes_it_but_for_ties(pairs, twentieth):
    scores = np.array([score for score, _ in pairs], float)
    share = twentieth / 20
    wanted = round(share * len(scores))
    found = same_share(scores, share)
    if not wanted:
        assert np.isnan(found)
    else:
        assert (scores > found).sum() < wanted <= (scores >= found).sum()


def test_distinct_scores_pass_exactly_the_share():
    random = np.random.default_rng(0)
    old, new = random.random(1000), 0.5 + random.random(1000) / 3
    share = share_passed(old, 0.7)
    assert share_passed(new, same_share(new, share)) == share


def test_a_shifted_version_has_shifted_cut_offs():
    scores = np.array([0.9, 0.7, 0.4, 0.2])
    relevant = np.array([1.0, 0.0, 1.0, 0.0])
    precision = precision_passed(scores, relevant, 0.5)
    assert precision == 0.5
    assert same_share(scores + 0.05, share_passed(scores, 0.5)) == pytest.approx(0.75)
    # a lower cut-off keeps the precision too, and passes more
    assert same_precision(scores + 0.05, relevant, precision) == pytest.approx(0.25)


def test_what_is_not_defined_has_no_cut_off():
    scores, relevant = np.array([0.5, 0.4]), np.zeros(2)
    assert np.isnan(share_passed(np.empty(0), 0.5))
    assert np.isnan(precision_passed(scores, relevant, 0.9))
    assert np.isnan(same_share(scores, np.nan))
    assert np.isnan(same_precision(scores, relevant, np.nan))
    assert np.isnan(same_precision(scores, relevant, 0.1))
    assert np.isnan(same_precision(np.empty(0), np.empty(0), 0.1))
