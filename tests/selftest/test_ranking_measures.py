import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from embdrift.selftest.ranking import ranking, resampled, spearman

RANDOM = np.random.default_rng(0)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=30))
def test_the_correlation_is_scipys(pairs):
    a, b = np.array(pairs, float).T
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        assert np.isnan(spearman(a, b))
    else:
        assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 3)), min_size=3, max_size=15))
def test_resamples_are_the_correlation_of_pairs_written_out(rows):
    a, b, times = np.array(rows).T
    found = resampled(a.astype(float), b.astype(float), times[None, :]) if times.sum() else np.array([np.nan])
    np.testing.assert_allclose(found[0], spearman(np.repeat(a, times), np.repeat(b, times)), atol=1e-12)


def planted(measures, cases=12, seeds=2):
    """Figures of runs: a measure's departure and value by run number."""
    rows = []
    for case in range(cases):
        for seed in range(seeds):
            for name, values in measures.items():
                value = float(values[case * seeds + seed])
                rows.append((f"fault {case // 2}", f"strength {case % 2}", seed, name, value, abs(value)))
    return pd.DataFrame(rows, columns=["fault", "strength", "seed", "measure", "value", "departure"])


HARM = np.linspace(0, 1, 24)
FOUND = ranking(
    planted(
        {
            "overlap": 1 - HARM,
            "follows": np.exp(HARM),
            "against": 2 - HARM,
            "noise": RANDOM.random(24),
            "still": np.ones(24),
            "gaps": np.where(np.arange(24) < 12, HARM, np.nan),
            "rare": np.where(np.arange(24) < 3, HARM, np.nan),
        }
    ),
    "overlap",
    sign=-1.0,
).set_index("measure")


def test_the_measure_that_follows_harm_comes_first_with_correlation_one():
    assert FOUND.index[0] in ("follows", "gaps")
    np.testing.assert_allclose(FOUND.loc["follows", ["spearman", "low", "high"]].astype(float), 1)
    assert FOUND.loc["against", "spearman"] == pytest.approx(-1)
    assert FOUND.loc["noise", "low"] < FOUND.loc["noise", "spearman"] < FOUND.loc["noise", "high"]


def test_harm_itself_is_not_ranked():
    assert "overlap" not in FOUND.index


def test_runs_without_a_value_are_left_out_and_counted():
    assert FOUND.loc["gaps", ["spearman", "n"]].tolist() == [pytest.approx(1), 12]


def test_measures_that_never_vary_or_rest_on_few_runs_have_no_correlation():
    assert np.isnan(FOUND.loc["still", "spearman"])
    assert np.isnan(FOUND.loc["rare", "spearman"])
    assert FOUND.loc["rare", "n"] == 3


def test_the_interval_is_seeded():
    figures = planted({"overlap": 1 - HARM, "noise": RANDOM.random(24)})
    first, second = (ranking(figures, "overlap", sign=-1.0, seed=1) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
