"""A study that embdrift does not bring along: registered, configured and run like any other."""

import numpy as np
import pytest
from toy_study import TOY, ToyOptions, register_toy

from embdrift.api import Stopwatch
from embdrift.cache import TableCache
from embdrift.config import build, chosen_experiment, compose_run
from embdrift.data.synthetic import clustered
from embdrift.errors import InputError
from embdrift.gates import read_gate
from embdrift.metrics.catalog import unregister
from embdrift.progress import Silent
from embdrift.studies import STUDIES, register_study, study_of, unregister_study

EXPERIMENT = """# @package _global_
# Do neighbors lie in the first half of the corpus?
defaults: [{override /study: toy}]
name: toy
study: {half: 0.25}
"""


@pytest.fixture(autouse=True)
def registered():
    register_toy()
    yield
    unregister_study("toy")
    unregister("toy_share")


def test_an_experiment_chooses_the_study_and_its_settings_and_the_run_measures_every_item(tmp_path):
    np.save(tmp_path / "old.npy", clustered(80, 8, seed=1).numpy())
    (tmp_path / "toy.yaml").write_text(EXPERIMENT)
    with chosen_experiment(str(tmp_path / "toy.yaml")) as experiment:
        run = compose_run([experiment, f"reference.path={tmp_path / 'old.npy'}", "k=3"])
    assert run.study == ToyOptions(half=0.25)
    given, _ = build(run, Silent(), Stopwatch())
    result = study_of(run.study).run(given, run.study, cache=TableCache(tmp_path / "cache"), progress=Silent())
    (row,) = result.summary.to_dict("records")
    assert (row["study"], row["scope"], row["metric"], row["k"], row["n"]) == ("toy", "corpus", "toy_share", 3, 80)
    assert row["value"] == pytest.approx(result.per_query["toy_share"].mean())


def test_a_gate_may_speak_of_the_metric_of_the_study(tmp_path):
    (tmp_path / "gate.yaml").write_text("rules: [{figure: toy_share, better: lower, warn: 0.8, fail: 0.9}]")
    assert [rule.figure for rule in read_gate(tmp_path / "gate.yaml").rules] == ["toy_share"]


def test_a_name_and_options_belong_to_one_study():
    with pytest.raises(InputError, match="'toy' is registered with ToyOptions"):
        register_study(TOY)
    assert STUDIES["toy"] is TOY
