"""The parts of the study that need no index: halves, tuning, costs, significance, decisions."""

from dataclasses import replace

import numpy as np
import pytest

from embdrift.index import Build
from embdrift.metrics import Paired
from embdrift.studies.ann_recall.comparing import KEPT, LOST, UNDEFINED, UNSURE, Comparison, _verdict, reseed_spread
from embdrift.studies.ann_recall.deciding import Decision, decide
from embdrift.studies.ann_recall.equal_recall import ABOVE, REACHED, UNREACHABLE, EqualRecall, equal_recall
from embdrift.studies.ann_recall.settings import Place, Setting
from embdrift.studies.ann_recall.tuning import Halves, Tuned, halves, tune

Q = 40
ALL = Halves(np.arange(Q) % 2 == 0, np.arange(Q) % 2 == 1)
NAN = float("nan")


def setting(recall, distances, *, qps=100.0, probes=1, random=True, seeds=2):
    per_query = np.broadcast_to(np.asarray(recall, float), (seeds, Q)).copy()
    rates = np.full((seeds, 3), qps)
    build = Build("ivf_flat", "IVF8,Flat", "IVF8,Flat", random=random)
    place = Place("fresh", "old", "IVF8,Flat")
    return Setting(place, build, {"nprobe": probes}, 10, per_query, per_query, distances, rates, rates)


def test_halves_are_disjoint_whole_and_follow_ids_not_rows():
    ids = np.array([f"q{row}" for row in range(101)])
    split = halves(ids, 0)
    assert split.tuning.sum() == 50
    assert not (split.tuning & split.reporting).any()
    assert (split.tuning | split.reporting).all()
    order = np.random.default_rng(0).permutation(101)
    assert np.array_equal(halves(ids[order], 0).tuning, split.tuning[order])
    assert not np.array_equal(halves(ids, 1).tuning, split.tuning)


def test_tuning_takes_the_cheapest_that_reaches_the_target_on_its_half_only():
    good_where_tuned = np.where(ALL.tuning, 0.96, 0.5)
    points = [setting(0.9, 10), setting(good_where_tuned, 20, probes=2), setting(0.99, 30, probes=4)]
    chosen = tune(points, 0.95, ALL, index="IVF8,Flat", k=10)
    assert chosen.setting is points[1]
    assert chosen.setting.mean(ALL.reporting) == pytest.approx(0.5)
    assert tune(points, 0.999, ALL, index="IVF8,Flat", k=10).setting is None
    assert tune(points, 0.999, ALL, index="IVF8,Flat", k=10).best == pytest.approx(0.99)


def test_tuning_goes_by_time_where_work_is_not_counted():
    points = [setting(0.99, NAN, qps=50), setting(0.99, NAN, qps=200, probes=2)]
    assert tune(points, 0.95, ALL, index="x", k=10).setting is points[1]


def test_the_cost_of_a_target_lies_between_the_settings_around_it():
    found = equal_recall([setting(0.9, 100, qps=100), setting(1.0, 400, qps=25, probes=2)], 0.95)
    assert found.state == REACHED
    assert found.search == "nprobe 2"
    assert found.distances == pytest.approx(200)
    assert found.milliseconds == pytest.approx(20)


def test_the_cost_is_that_of_the_cheapest_setting_where_it_is_above_the_target():
    found = equal_recall([setting(0.97, 100), setting(1.0, 400, probes=2)], 0.95)
    assert (found.state, found.distances, found.search) == (ABOVE, 100, "nprobe 1")


def test_the_tail_is_that_of_one_index_and_not_of_the_mean_of_several():
    recalls = np.ones((2, Q))
    recalls[0, 0] = recalls[1, 1] = 0.0
    one = replace(setting(1.0, 10), recall=recalls)
    assert one.spread(0.9).below_half == pytest.approx(1 / Q)
    assert one.spread(0.9).robustness == pytest.approx(1 - 1 / Q)
    assert (one.per_query < 0.5).sum() == 0
    assert one.spread(0.9, np.arange(Q) == 0).mean == pytest.approx(0.5)
    assert one.spread(0.9).p1 == 0


def test_an_unreachable_target_has_no_cost():
    for points in ([setting(0.9, 100)], []):
        found = equal_recall(points, 0.95)
        assert found.state == UNREACHABLE
        assert np.isnan(found.distances)


def test_a_dearer_setting_that_finds_less_is_passed_over():
    points = [setting(0.9, 100), setting(0.8, 150, probes=2), setting(1.0, 400, probes=4)]
    assert equal_recall(points, 0.95).distances == pytest.approx(200)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(-0.005, 0.01, KEPT), (-0.03, -0.02, LOST), (-0.03, 0.0, UNSURE), (NAN, NAN, UNDEFINED), (0.1, 0.2, KEPT)],
)
def test_a_verdict_reads_the_bounds_of_the_interval(low, high, verdict):
    assert _verdict(Paired(0, low, high, 0.5, 20), 0.01) == verdict


def test_training_noise_is_the_greatest_difference_between_seeds():
    one = setting(0.9, 10, seeds=3)
    one.recall[1] = 0.8
    assert reseed_spread(one, ALL) == pytest.approx(0.1)
    assert np.isnan(reseed_spread(setting(0.9, 10, seeds=1), ALL))
    assert reseed_spread(setting(0.9, 10, seeds=1, random=False), ALL) == 0


def compared(tuned, question, verdict, n=20):
    return Comparison(question, "new", tuned, 0.95, 0.9, Paired(-0.05, -0.06, -0.04, 0.01, n), 0.0, verdict)


@pytest.mark.parametrize(
    ("transfer", "stale", "reached", "decision"),
    [
        (KEPT, KEPT, REACHED, Decision.keep),
        (LOST, KEPT, REACHED, Decision.keep),
        (KEPT, LOST, REACHED, Decision.rebuild),
        (KEPT, UNSURE, REACHED, Decision.rebuild),
        (LOST, LOST, REACHED, Decision.retune),
        (LOST, LOST, UNREACHABLE, Decision.unreachable),
        (UNSURE, LOST, REACHED, Decision.inconclusive),
        (KEPT, None, REACHED, Decision.rebuild),
    ],
)
def test_decisions_go_from_least_to_most_work(transfer, stale, reached, decision):
    tuned = Tuned("IVF8,Flat", 10, setting(0.96, 10), 0.96)
    every = [compared(tuned, "transfer", transfer)] + ([compared(tuned, "stale", stale)] if stale else [])
    price = EqualRecall(reached, "nprobe 4", 10, 1, 0.97)
    assert decide(tuned, "new", every, price, has_trained_parts=True).decision is decision


def test_what_is_not_certain_says_so_beside_the_decision():
    tuned, price = Tuned("IVF8,Flat", 10, setting(0.96, 10), 0.96), EqualRecall(REACHED, "nprobe 4", 10, 1, 0.97)

    def note(transfer, stale):
        every = [compared(tuned, "transfer", transfer), compared(tuned, "stale", stale)]
        return decide(tuned, "new", every, price, has_trained_parts=True).note

    assert note(KEPT, LOST) == "with what it was trained on, recall is 0.9000"
    assert note(KEPT, UNSURE) == "with what it was trained on, recall is 0.9000, which may be too little"
    assert note(UNSURE, LOST) == "trained anew, recall is 0.9000; with what it was trained on, recall is 0.9000"


def test_an_index_without_trained_parts_is_kept_when_its_setting_is():
    tuned = Tuned("Flat", 10, setting(1.0, 10), 1.0)
    price = EqualRecall(REACHED, "", 10, 1, 1.0)
    assert (
        decide(tuned, "new", [compared(tuned, "transfer", KEPT)], price, has_trained_parts=False).decision
        is Decision.keep
    )


def test_what_was_never_tuned_or_built_is_said_so():
    price = EqualRecall(UNREACHABLE, "", NAN, NAN, NAN)
    for best, decision in ((0.9, Decision.untuned), (NAN, Decision.failed)):
        assert decide(Tuned("x", 10, None, best), "new", [], price, has_trained_parts=True).decision is decision
