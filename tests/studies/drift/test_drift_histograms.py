"""Histograms of similarities and lengths, in bins that stay the same."""

import numpy as np
import pandas as pd
import pytest
import torch
from shift_cases import version

from embdrift.studies.drift.histograms import COLUMNS, NORM_BOUNDS, SIMILARITY_BOUNDS, histogram_table
from embdrift.studies.drift.vectors import compared_vectors
from embdrift.studies.engine.study import StudyInput
from embdrift.types import Similarity

OLD = torch.tensor([[1.0, 0.0], [0.0, 2.0], [2.0, 0.0], [0.0, -4.0]])


def table_of(old, new, top1=None):
    versions = [
        version(torch.as_tensor(one), name, similarity=Similarity.l2) for one, name in ((old, "old"), (new, "new"))
    ]
    given = StudyInput(versions[0], (versions[1],))
    return histogram_table(compared_vectors(given, top1))


def bins(table, quantity, name="new"):
    return table[(table["quantity"] == quantity) & (table["version"] == name)]


def test_lengths_are_counted_in_times_of_the_references_median():
    found = bins(table_of(OLD, OLD * 3), "norm_ratio")
    filled = found[found["items"] > 0]
    # 1, 2, 2 and 4 against a median of 2, three times as long
    assert filled[["low", "high", "items", "sum"]].to_numpy().tolist() == [
        [1.25, 2.0, 1, 1.5], [2.0, 4.0, 2, 6.0], [4.0, 10.0, 1, 6.0],
    ]  # fmt: skip


def test_similarities_are_counted_without_those_that_have_none_and_never_above_one():
    top1 = {
        ("old", "corpus"): np.array([-0.5, 0.5, np.nan, 1.0]),
        ("new", "corpus"): np.array([1 + 1e-15, 0.97, 0.99, 0]),
    }
    table = table_of(OLD, OLD, top1)
    counted = {
        name: {row.high: row.items for row in bins(table, "top1_similarity", name).itertuples() if row.items}
        for name in ("old", "new")
    }
    assert counted == {"old": {0.0: 1, 0.5: 1, 1.0: 1}, "new": {0.0: 1, 0.98: 1, 0.99: 1, 1.0: 1}}


def test_bins_are_those_of_every_run_and_hold_every_value():
    values = np.random.default_rng(3).uniform(-1, 1, 4)
    table = table_of(OLD, OLD, {("old", "corpus"): values, ("new", "corpus"): values})
    assert list(table.columns) == COLUMNS
    for quantity, bounds in (("top1_similarity", SIMILARITY_BOUNDS), ("norm_ratio", NORM_BOUNDS)):
        found = bins(table, quantity)
        assert found["high"].tolist() == list(bounds)
        assert found["low"].tolist() == [-np.inf, *bounds[:-1]]
        assert found["items"].sum() == 4
    assert bins(table, "top1_similarity")["sum"].sum() == pytest.approx(values.sum())


def test_without_a_search_there_are_lengths_alone():
    assert set(table_of(OLD, OLD)["quantity"]) == {"norm_ratio"}


def test_a_table_of_no_scope_has_its_columns():
    pd.testing.assert_index_equal(histogram_table([]).columns, pd.Index(COLUMNS))
