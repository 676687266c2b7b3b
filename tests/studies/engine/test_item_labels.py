"""Cohorts: which items belong to which, and what was measured on them."""

import numpy as np
import pandas as pd
import pytest
from shift_cases import drifted, figures, items_table, per_query, version

from embdrift.data import Items
from embdrift.data.synthetic import clustered
from embdrift.studies.engine.matching import Labels


def test_cohort_rows_are_the_means_of_their_items(study):
    old, new = drifted(150)
    kinds = ["a", "b", "b"] * 50
    result = study(version(old), version(new, "new"), items=items_table(range(150), kinds))
    values = per_query(result)
    assert values["cohort:kind"].tolist() == kinds
    for kind, n in (("a", 50), ("b", 100)):
        found = figures(result, cohort=f"kind={kind}")
        inside = values[values["cohort:kind"] == kind]
        for metric, k in (
            ("overlap", 10), ("top1_flip", 1), ("rank_displacement", 10), ("lost_beyond_depth", 10),
            ("self_displacement", None),
        ):  # fmt: skip
            assert found[metric, k]["value"] == inside[metric].to_numpy().mean()
            assert found[metric, k]["n"] == n
            assert np.isnan(found[metric, k]["low"])


def test_cohorts_of_a_sample_have_intervals_that_may_leave_what_is_a_share(study):
    vectors = clustered(60, 8, seed=1)
    result = study(
        version(vectors), version(-vectors, "new"), items=items_table(range(60), ["a"] * 60), query_sample=20
    )
    found = figures(result, cohort="kind=a")
    assert found["self_displacement", None]["value"] == pytest.approx(2)
    assert found["self_displacement", None]["low"] == pytest.approx(2)
    assert found["overlap", 10]["low"] <= found["overlap", 10]["value"]


def test_items_that_the_table_lacks_belong_to_no_cohort_and_are_counted(study):
    old, new = drifted(60)
    result = study(version(old), version(new, "new"), items=items_table(range(40), ["a"] * 40))
    assert figures(result, cohort="kind=a")["overlap", 10]["n"] == 40
    assert (per_query(result)["cohort:kind"][40:] == "").all()
    assert result.notes == ("new: 20 of 60 shared items are not in the table of items, so they belong to no cohort.",)


def test_queries_do_not_take_the_cohorts_of_items_with_the_same_ids(study):
    old, new = drifted(60)
    queries = clustered(10, 16, seed=5)
    result = study(
        version(old, queries=queries), version(new, "new", queries=queries), items=items_table(range(60), ["a"] * 60)
    )
    assert figures(result, cohort="kind=a")
    assert not figures(result, scope="queries", cohort="kind=a")
    assert per_query(result, scope="queries")["cohort:kind"].isna().all()


def test_cohorts_of_any_type_become_text_and_missing_ones_empty():
    frame = pd.DataFrame(
        {"year": pd.array([2001, None, 2003], "Int64"), "kept": [True, False, None], "none": [None, None, None]},
        index=pd.Index(["0", "1", "2"], dtype=object),
    )
    labels = Labels(Items(frame, ("year", "kept", "none"), None), texts=True)
    found = labels.cohorts(np.array([2, 0, 1, 7]))
    assert {name: column.tolist() for name, column in found.items()} == {
        "year": ["2003", "2001", "", ""],
        "kept": ["", "True", "False", ""],
    }
    assert labels.texts(np.arange(2)) is None
    assert labels.missing(np.array([2, 7, 9])) == 2


def test_without_a_table_nothing_is_labelled():
    labels = Labels(None, texts=True)
    assert labels.cohorts(np.arange(3)) == {}
    assert labels.texts(np.arange(3)) is None
    assert labels.missing(np.arange(3)) == 0
