"""The tables that plots are drawn from."""

import numpy as np
import pytest
from shift_cases import brute_table, drifted, version

from embdrift.data.synthetic import clustered, with_duplicates
from embdrift.studies.engine.frames import hubness_frame
from oracles import k_occurrence_oracle


def test_displacement_lists_quantiles_of_new_ranks_and_what_is_lost(study):
    old, new = drifted(200, cosine=0.7)
    result = study(version(old), version(new, "new"), k=8)
    before, after = brute_table(old, 100), brute_table(new, 100)
    shown = result.tables["displacement"].set_index("old_rank")
    assert shown.index.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    for rank in shown.index:
        new_ranks = []
        for row in range(200):
            where = np.flatnonzero(after.positions[row] == before.positions[row, rank - 1])
            new_ranks.append(int(where[0]) + 1 if len(where) else 101)
        assert shown.loc[rank, "new_rank_median"] == np.quantile(new_ranks, 0.5, method="inverted_cdf")
        assert shown.loc[rank, "new_rank_p95"] == np.quantile(new_ranks, 0.95, method="inverted_cdf")
        assert shown.loc[rank, "lost_share"] == pytest.approx(np.mean(np.array(new_ranks) == 101))
    assert (shown["depth"] == 100).all()
    assert shown["lost_share"].max() > 0


def test_hubness_counts_every_item_of_every_version_once(study):
    old, new = drifted(250)
    shown = study(version(old), version(new, "new"), version(old[:, :8], "short")).tables["hubness"]
    assert shown.groupby("version")["items"].sum().to_dict() == {"old": 250, "new": 250, "short": 250}
    assert shown.groupby("version")["share"].sum().tolist() == pytest.approx([1, 1, 1])
    occurrences = k_occurrence_oracle(brute_table(new, 10), 10, 250)
    for row in shown[shown["version"] == "new"].itertuples():
        assert row.items == ((occurrences >= row.low) & (occurrences < row.high + 1)).sum()


def test_bins_of_hubness_double_and_end_with_the_largest_hub():
    shown = hubness_frame(np.array([0.0, 0.5, 1, 2, 3, 4, 9]), version="old")
    assert shown[["low", "high", "items"]].to_numpy().tolist() == [
        [0, 0, 2],
        [1, 1, 1],
        [2, 3, 2],
        [4, 7, 1],
        [8, 15, 1],
    ]


def test_the_curve_lists_every_depth_with_null_and_number(study):
    old, new = drifted(60)
    shown = study(version(old), version(new, "new")).tables["curve"]
    assert shown["k"].tolist() == list(range(1, 60))
    np.testing.assert_allclose(shown["chance"], np.arange(1, 60) / 59)
    assert (shown["n"] == 60).all()
    assert shown["overlap"].iloc[-1] == 1
    assert np.isnan(shown["r_nx"].iloc[-1])
    np.testing.assert_allclose(
        shown["r_nx"].iloc[:-1], ((59 * shown["overlap"] - shown["k"]) / (59 - shown["k"])).iloc[:-1]
    )


def test_per_query_rows_come_in_the_order_of_ids(study):
    vectors = with_duplicates(clustered(40, 8, seed=1), 0.2, seed=2)
    ids = np.random.default_rng(3).permutation(1000)[:40]
    shown = study(version(vectors, ids=ids), version(vectors, "new", ids=ids)).per_query
    assert shown["id"].tolist() == [str(one) for one in np.sort(ids)]
