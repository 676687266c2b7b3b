import json
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from embdrift.cli.main import main
from embdrift.data.synthetic import clustered
from embdrift.errors import InputError
from embdrift.gates import read_gate
from embdrift.selftest import SelfTestSettings, alarms_of_tests, self_test, selftest_text, write_selftest
from embdrift.selftest.gathering import harm_of, share_alarmed, share_noticed

SMALL = SelfTestSettings(items=500, dimensions=32, queries=120, seeds=1, same=2, calibration=0)


@pytest.mark.slow
def test_every_planted_fault_comes_to_what_the_table_says_and_rotation_and_offset_keep_neighbors(tmp_path):
    found = self_test(read_gate("default"), SMALL)
    unexpected = found.cells[~found.cells["state"].isin(["as expected", "borderline"])]
    assert unexpected.empty, unexpected.to_string()
    assert found.trusted

    harm = harm_of(found.figures)["lost neighbors"]
    assert harm["rotation", "all dimensions"] < 1e-3
    assert harm["permuted rows", "all items"] > 0.95
    assert harm["offset", "10 % of the length"] < 0.05

    # What no unpaired test can see by its nature: the same vectors, with other owners.
    share = share_noticed(found.figures).loc[("permuted rows", "all items")]
    assert share[["similarity_kl", "mmd_p", "domain_auc_p", "wasserstein_mean"]].tolist() == [0, 0, 0, 0]
    assert share[["overlap", "ndcg_change (queries)"]].tolist() == [1, 1]

    ranked = found.ranking[found.ranking["harm"] == "lost nDCG"].set_index("measure")["spearman"]
    assert ranked["overlap"] > ranked[["mmd", "domain_auc", "wasserstein_mean", "similarity_kl"]].max()

    refused = found.runs[found.runs["fault"] == "corrupted to NaN"]
    assert "hold NaN or infinite values" in refused["refused"].iloc[0]

    files = {path.name for path in write_selftest(tmp_path, found)}
    assert {"selftest.md", "selftest.json", "cells.csv", "ranking.csv", "heat_map.png", "heat_map.svg"} <= files
    assert json.loads((tmp_path / "selftest.json").read_text())["trusted"] is True
    assert "nothing that must be noticed was missed" in selftest_text(found)


LENGTHS_ONLY = "rules:\n  - {figure: norm_median_change, better: target, warn: 0.01, fail: 0.05}\n"


def test_a_gate_that_misses_a_fault_is_told_by_name_and_exit_code(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("embdrift.selftest.SelfTestSettings", partial(SelfTestSettings, queries=40, same=1))
    gate, out = tmp_path / "lengths.yaml", tmp_path / "out"
    gate.write_text(LENGTHS_ONLY)
    np.save(tmp_path / "mine.npy", clustered(400, 16, seed=3).numpy())
    given = ["selftest", "--vectors", str(tmp_path / "mine.npy"), "--items", "320", "--faults", "permuted rows"]
    given += ["--seeds", "1", "--calibration", "0", "--gate", str(gate), "--json", str(tmp_path / "found.json")]
    assert main([*given, "--out", str(out)]) == 3
    shown = capsys.readouterr().out
    assert "the gate cannot be trusted here: permuted rows, 10 % of the items: verdict pass (missed)" in shown
    written = json.loads((tmp_path / "found.json").read_text())
    assert (written["trusted"], written["items"], written["gate"]) == (False, 320, str(gate))
    assert set(pd.read_csv(out / "cells.csv")["fault"]) == {"permuted rows"}
    assert (out / "heat_map.svg").stat().st_size > 1000


def test_only_the_faults_asked_for_are_planted_and_a_refused_one_alone_needs_no_figures(tmp_path):
    found = self_test(read_gate("default"), replace(SMALL, items=300, same=0, faults=("corrupted to NaN",)))
    assert found.cells["state"].tolist() == ["as expected"] * 3
    assert write_selftest(tmp_path, found)


@pytest.mark.parametrize(("changed", "message"), [
    ({"seeds": 0}, "seeds of a self-test must be at least 1, got 0"),
    ({"items": 100}, "items of a self-test must be at least 300, got 100"),
    ({"faults": ("gravity",)}, "faults must be among same, jitter, .*, got 'gravity'"),
])  # fmt: skip
def test_settings_out_of_range_are_refused(changed, message):
    with pytest.raises(InputError, match=message):
        replace(SMALL, **changed)


def test_the_command_refuses_what_it_cannot_use(tmp_path, capsys):
    np.save(tmp_path / "few.npy", clustered(50, 16, seed=3).numpy())
    assert main(["selftest", "--vectors", str(tmp_path / "few.npy")]) == 2
    assert "a self-test needs at least 300 vectors" in capsys.readouterr().err
    assert main(["selftest", "--gate", "defualt"]) == 2
    assert "did you mean 'default'" in capsys.readouterr().err


def test_alarms_of_every_test_are_counted_for_both_designs():
    found = alarms_of_tests(3)
    assert found.groupby("design").size().tolist() == [3, 3]
    assert (found["runs"] == 3).all()
    assert (found["alarms"] <= found["runs"]).all()
    assert {"mmd_p", "domain_auc_p"} < set(found["test"])


def test_shares_are_over_seeds_and_keep_the_order_of_planting():
    figures = pd.DataFrame(
        [("b", "1", 0, "mmd", 1.0), ("b", "1", 1, "mmd", 0.0), ("a", "1", 0, "mmd", np.nan), ("a", "1", 0, "kl", 1.0)],
        columns=["fault", "strength", "seed", "measure", "noticed"],
    )
    share = share_noticed(figures)
    assert share.index.tolist() == [("b", "1"), ("a", "1")]
    np.testing.assert_array_equal(share[["mmd", "kl"]], [[0.5, np.nan], [np.nan, 1.0]])
    runs = pd.DataFrame(
        [("b", "1", "moved", "unmoved", "warn"), ("b", "1", "unmoved", "unmoved", "refused")],
        columns=["fault", "strength", "distribution", "neighbors", "verdict"],
    )
    assert share_alarmed(runs).loc[("b", "1")].tolist() == [0.5, 0.0, 0.5]
