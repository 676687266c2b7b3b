import pandas as pd
import pytest

from embdrift.gates import Axis, CandidateVerdict
from embdrift.gates import Outcome as Verdict
from embdrift.selftest.catalog import Case
from embdrift.selftest.expected import REFUSED, Expected
from embdrift.selftest.harness import Outcome
from embdrift.selftest.matching import matched


def run(distribution, neighbors, verdict, seed=0):
    case = Case("fault", "strong", lambda *_: None)
    if verdict == REFUSED:
        return Outcome(case, seed, pd.DataFrame(), None, "it holds NaN")
    said = CandidateVerdict("fault, strong", Verdict(verdict), "", Axis(distribution), Axis(neighbors))
    return Outcome(case, seed, pd.DataFrame(), said)


def states(expected, *runs, borderline=()):
    cells = dict(zip(("distribution", "neighbors", "verdict"), expected, strict=True))
    table = {("fault", "strong"): Expected("fault", "strong", cells, frozenset(borderline), "")}
    found = matched(runs, table)
    return found["state"].tolist(), found["found"].tolist()


def test_cells_that_come_out_alike_in_every_seed_are_as_expected():
    found = states(("moved", "unmoved", "warn"), *[run("moved", "unmoved", "warn", seed) for seed in range(3)])
    assert found == (["as expected"] * 3, ["moved", "unmoved", "warn"])


def test_a_fault_that_passes_in_one_seed_is_missed():
    found, answers = states(("moved", "moved", "fail"), run("moved", "moved", "fail"), run("moved", "moved", "warn"))
    assert found == ["as expected", "as expected", "missed"]
    assert answers[2] == "fail 1/2, warn 1/2"


def test_neighbours_that_moved_unseen_are_missed_and_those_that_did_not_are_a_false_alarm():
    assert states(("moved", "moved", "fail"), run("moved", "unmoved", "fail"))[0][1] == "missed"
    assert states(("moved", "unmoved", "pass"), run("moved", "moved", "pass"))[0][1] == "false alarm"


@pytest.mark.parametrize(("wanted", "found", "state"), [
    ("pass", "fail", "false alarm"),
    ("warn", "fail", "false alarm"),
    ("pass", "warn", "differs"),
    ("fail", "inconclusive", "differs"),
    (REFUSED, "pass", "missed"),
    ("fail", REFUSED, "differs"),
])  # fmt: skip
def test_verdicts_that_differ_are_told_apart_by_what_a_pipeline_does(wanted, found, state):
    assert states(("unmoved", "unmoved", wanted), run("unmoved", "unmoved", found))[0][2] == state


def test_borderline_cells_may_come_out_either_way():
    assert states(("moved", "moved", "fail"), run("unmoved", "unmoved", "pass"), borderline=("verdict",))[0] == [
        "differs", "missed", "borderline",
    ]  # fmt: skip


def test_a_case_that_was_not_run_is_not_as_expected():
    assert states(("moved", "moved", "fail"))[1] == ["not run"] * 3
    assert "as expected" not in states(("moved", "moved", "fail"))[0]
