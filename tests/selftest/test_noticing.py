import numpy as np
import pandas as pd
import pytest

from embdrift.selftest.noticing import figures_of, is_test, limits, main_measure, noticed

NAN = float("nan")


def summary(*rows):
    columns = ["candidate", "scope", "cohort", "metric", "k", "value"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"k": "Int64"})


def departures(*rows):
    found = figures_of(summary(*rows), candidate="new", reference="old", k=10)
    return dict(zip(found["measure"], found["departure"], strict=True))


def test_shares_depart_from_one_and_changes_from_nothing():
    found = departures(
        ("new", "corpus", "", "overlap", 10, 0.75),
        ("new", "queries", "", "ndcg_change", 10, -0.25),
        ("new", "corpus", "", "similarity_kl", None, 0.5),
    )
    assert found == {"overlap": 0.25, "ndcg_change (queries)": 0.25, "similarity_kl": 0.5}


def test_own_figures_depart_from_the_references():
    found = departures(("old", "corpus", "", "norm_median", None, 2.0), ("new", "corpus", "", "norm_median", None, 1.5))
    assert found == {"norm_median": 0.5}


def test_a_classifier_worse_than_chance_says_nothing():
    rows = [("new", "corpus", "", "domain_auc", None, 0.4), ("new", "queries", "", "domain_auc", None, 0.75)]
    assert departures(*rows) == {"domain_auc": 0.0, "domain_auc (queries)": 0.25}


def test_small_p_values_depart_furthest():
    assert departures(("new", "corpus", "", "mmd_p", None, 0.25)) == {"mmd_p": 0.75}


def test_cohorts_other_depths_and_what_is_no_measure_are_left_out():
    found = departures(
        ("new", "corpus", "part=1", "overlap", 10, 0.1),
        ("new", "corpus", "", "overlap", 5, 0.1),
        ("new", "queries", "", "recall_change", 100, -0.5),
        ("new", "corpus", "", "tie_exposure", 10, 0.1),
        ("new", "queries", "", "ndcg_p_holm", None, 0.1),
    )
    assert found == {"recall_change (queries)": 0.5}


def figures(*rows):
    return pd.DataFrame(rows, columns=["measure", "value", "departure"])


def test_a_figure_is_noticed_beyond_what_no_change_ever_gave():
    allowed = limits(figures(("overlap", 0.99, 0.01), ("overlap", 0.98, 0.02), ("mmd", 0.0, 0.0)))
    assert allowed == {"overlap": 0.02, "mmd": 0.0}
    found = noticed(figures(("overlap", 0.98, 0.02), ("overlap", 0.97, 0.03), ("mmd", 0.1, 0.1)), allowed)
    assert found.tolist() == [0, 1, 1]


def test_rounding_is_not_noticed_and_what_is_not_defined_has_no_answer():
    found = noticed(figures(("norm_median", 1.0, 1e-9), ("new_figure", 0.5, 0.5), ("mmd", NAN, NAN)), {"mmd": 1.0})
    np.testing.assert_array_equal(found, [0, 1, NAN])


@pytest.mark.parametrize(("p", "alarm"), [(0.05, 1), (0.051, 0)])
def test_tests_alarm_at_their_level(p, alarm):
    assert noticed(figures(("mmd_p (queries)", p, 1 - p)), {}).tolist() == [alarm]


def test_tests_and_main_measures_are_known_by_name():
    assert is_test("domain_auc_p")
    assert is_test("ndcg_p (queries)")
    assert not is_test("similarity_psi")
    assert main_measure("mmd")
    assert main_measure("ndcg_change (queries)")
    assert not main_measure("mmd (queries)")
