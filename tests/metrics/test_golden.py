import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from embdrift.errors import InputError
from embdrift.metrics import best_cut_off, pair_cosines, passes, spearman, spearman_resamples


def slow_ranks(values):
    """The mean of the ranks that equal values take, from the definition."""
    return [np.mean([place + 1 for place, other in enumerate(sorted(values)) if other == value]) for value in values]


def slow_spearman(x, y):
    a, b = np.array(slow_ranks(x)), np.array(slow_ranks(y))
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(-4, 4)), min_size=2, max_size=20)


@given(PAIRS)
@settings(max_examples=60, deadline=None)
def test_spearman_is_pearson_s_correlation_of_mean_ranks(pairs):
    x, y = np.array(pairs, float).T
    found = spearman(x, y)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(slow_spearman(x.tolist(), y.tolist()), abs=1e-9)


def test_pairs_of_one_grade_have_no_rank_correlation():
    assert np.isnan(spearman(np.ones(5), np.arange(5.0)))
    assert np.isnan(spearman(np.ones(1), np.ones(1)))


def test_resamples_are_spearman_s_of_the_pairs_drawn():
    random = np.random.default_rng(0)
    grades, cosines = random.integers(0, 4, 30).astype(float), random.random(30).round(1)
    found = spearman_resamples(grades, cosines, -cosines, resamples=25, seed=7)
    drawing = np.random.default_rng(7)
    for row in found:
        drawn = drawing.integers(0, 30, size=30)
        assert row[0] == pytest.approx(slow_spearman(grades[drawn].tolist(), cosines[drawn].tolist()))
        assert row[1] == pytest.approx(-row[0])


def test_the_bootstrap_agrees_with_scipy():
    random = np.random.default_rng(1)
    grades = random.normal(size=150)
    cosines = grades + random.normal(size=150)
    draws = spearman_resamples(grades, cosines, resamples=2000, seed=0)[:, 0]
    theirs = scipy.stats.bootstrap(
        (grades, cosines), lambda x, y: scipy.stats.spearmanr(x, y).statistic, paired=True, vectorized=False,
        n_resamples=1000, method="percentile", rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    assert np.quantile(draws, [0.025, 0.975]) == pytest.approx([theirs.low, theirs.high], abs=0.02)


def test_a_resample_of_one_kind_has_no_correlation():
    found = spearman_resamples(np.array([0.0, 1.0]), np.array([0.1, 0.9]), resamples=200, seed=0)[:, 0]
    assert set(found[~np.isnan(found)]) == {1.0}
    assert 0.3 < np.isnan(found).mean() < 0.7


def test_very_many_pairs_are_resampled_less_often():
    grades = np.arange(100_000) % 2
    assert len(spearman_resamples(grades.astype(float), grades * 1.0, resamples=60, seed=0)) == 60
    assert len(spearman_resamples(np.ones(50_000), np.ones(50_000), resamples=2000, seed=0)) == 400


def slow_best(cosines, similar):
    """The most pairs that any cut-off passes."""
    cuts = [*cosines, max(cosines) + 1]
    return max(
        sum((cosine >= cut) == bool(kind) for cosine, kind in zip(cosines, similar, strict=True)) for cut in cuts
    )


@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=12))
@settings(max_examples=80, deadline=None)
def test_no_cut_off_passes_more_pairs_than_the_best(pairs):
    cosines, similar = np.array([one for one, _ in pairs]) / 4, np.array([float(kind) for _, kind in pairs])
    found = best_cut_off(cosines, similar)
    if len(set(similar)) == 1:
        assert np.isnan(found)
    else:
        assert passes(cosines, similar, found).sum() == slow_best(cosines.tolist(), similar.tolist())


def test_the_best_cut_off_is_halfway_between_the_kinds():
    assert best_cut_off(np.array([0.1, 0.2, 0.6, 0.9]), np.array([0.0, 0.0, 1.0, 1.0])) == pytest.approx(0.4)


def test_a_pair_at_the_cut_off_is_similar():
    similar, cosines = np.array([1.0, 0.0, 1.0, np.nan]), np.array([0.5, 0.5, np.nan, 0.5])
    np.testing.assert_array_equal(passes(cosines, similar, 0.5), [1, 0, np.nan, np.nan])
    assert np.isnan(passes(cosines, similar, np.nan)).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.int8])
def test_cosines_of_pairs_are_numpy_s(dtype):
    random = np.random.default_rng(2)
    a, b = (torch.from_numpy(random.normal(size=(6, 4)) * 20).to(dtype) for _ in "ab")
    rows, others = np.array([0, 5, 5]), np.array([3, 3, 0])
    x, y = a.double().numpy()[rows], b.double().numpy()[others]
    expected = (x * y).sum(axis=1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1)
    assert pair_cosines(a, b, rows, others) == pytest.approx(expected, abs=1e-12)


def test_a_zero_vector_has_no_cosine_and_dimensions_must_agree():
    assert np.isnan(pair_cosines(torch.zeros(1, 3), torch.ones(1, 3), np.array([0]), np.array([0]))[0])
    with pytest.raises(InputError, match="same number of dimensions, got 3 and 4"):
        pair_cosines(torch.ones(1, 3), torch.ones(1, 4), np.array([0]), np.array([0]))
