import numpy as np
import pytest
from drift_cases import disjoint_halves, equally_jittered
from hypothesis import given, settings
from hypothesis import strategies as st

from embdrift.metrics.drift import domain_classifier
from embdrift.metrics.drift.domain import auc, auc_error

scores = st.lists(st.integers(0, 6).map(float), min_size=3, max_size=12)


@settings(max_examples=50, deadline=None)
@given(scores, scores)
def test_auc_counts_pairs_in_order(old, new):
    expected = np.mean([(b > a) + 0.5 * (b == a) for a in old for b in new])
    assert auc(np.array(old), np.array(new)) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(scores, st.integers(0, 2**32 - 1))
def test_error_is_that_of_placements(old, seed):
    old = np.array(old)
    new = np.random.default_rng(seed).permutation(old) + 1
    above = np.array([np.mean((b > old) + 0.5 * (b == old)) for b in new])
    below = np.array([np.mean((new > a) + 0.5 * (new == a)) for a in old])
    n = len(old)
    expected = np.sqrt(above.var(ddof=1) / n + below.var(ddof=1) / n)
    assert auc_error(old, new, paired=False) == pytest.approx(expected, abs=1e-12)
    expected = np.sqrt((above + below).var(ddof=1) / n)
    assert auc_error(old, new, paired=True) == pytest.approx(expected, abs=1e-12)


def test_versions_far_apart_are_told_apart_every_time():
    old, _ = disjoint_halves(200, 8, seed=1)
    found = domain_classifier(old.array(), old.array() + 5, paired=True)
    assert (found.auc, found.low, found.high) == (1.0, 1.0, 1.0)
    assert found.p == pytest.approx(2 / 200)


def test_equal_versions_cannot_be_told_apart():
    old, _ = disjoint_halves(200, 8, seed=2)
    found = domain_classifier(old.array(), old.array(), paired=True)
    assert (found.auc, found.p) == (0.5, 1.0)


def test_pairing_does_not_push_the_auc_below_one_half():
    # Folds that split a document's two vectors give 0.40 here.
    found = [domain_classifier(*(one.array() for one in equally_jittered(300, 16, seed=seed)), paired=True)
             for seed in range(10)]  # fmt: skip
    assert np.mean([one.auc for one in found]) == pytest.approx(0.5, abs=0.01)
    assert sum(one.low <= 0.5 <= one.high for one in found) >= 9


def test_constant_dimensions_do_no_harm():
    old, new = (one.array() for one in disjoint_halves(200, 8, seed=3))
    old[:, 2] = new[:, 2] = 1
    assert np.isfinite(domain_classifier(old, new, paired=False).auc)


def test_sides_of_different_size_are_balanced():
    old, new = (one.array() for one in disjoint_halves(400, 8, seed=4))
    found = domain_classifier(old, new[:60], paired=False)
    assert found.low < 0.5 < found.high
    assert domain_classifier(old, new[:60] + 0.5, paired=False).p < 0.01
