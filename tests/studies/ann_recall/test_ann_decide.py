import pytest
from ann_settings import setting

from embdrift.metrics import Paired
from embdrift.studies.ann_recall.compare import RecallComparison, RecallVerdict
from embdrift.studies.ann_recall.decide import Decision, decide
from embdrift.studies.ann_recall.trials import Condition
from embdrift.studies.ann_recall.tune import OperatingPoint, TargetCost, TargetState

NAN = float("nan")
KEPT, LOST, UNSURE = RecallVerdict.kept, RecallVerdict.lost, RecallVerdict.inconclusive
REACHED, UNREACHABLE = TargetState.reached, TargetState.unreachable
TUNED = OperatingPoint("IVF8,Flat", 10, setting(0.96, 10), 0.96)


def compared(tuned, condition, verdict, n=20):
    return RecallComparison(condition, "new", tuned, 0.95, 0.9, Paired(-0.05, -0.06, -0.04, 0.01, n), 0.0, verdict)


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
    every = [compared(TUNED, Condition.transfer, transfer)] + (
        [compared(TUNED, Condition.stale, stale)] if stale else []
    )
    price = TargetCost(reached, "nprobe 4", 10, 1, 0.97)
    assert decide(TUNED, "new", every, price, has_trained_parts=True).decision is decision


def test_what_is_not_certain_says_so_beside_the_decision():
    price = TargetCost(REACHED, "nprobe 4", 10, 1, 0.97)

    def note(transfer, stale):
        every = [compared(TUNED, Condition.transfer, transfer), compared(TUNED, Condition.stale, stale)]
        return decide(TUNED, "new", every, price, has_trained_parts=True).note

    assert note(KEPT, LOST) == "with what it was trained on, recall is 0.9000"
    assert note(KEPT, UNSURE) == "with what it was trained on, recall is 0.9000, which may be too little"
    assert note(UNSURE, LOST) == "trained anew, recall is 0.9000; with what it was trained on, recall is 0.9000"


def test_an_index_without_trained_parts_is_kept_when_its_setting_is():
    tuned = OperatingPoint("Flat", 10, setting(1.0, 10), 1.0)
    price = TargetCost(REACHED, "", 10, 1, 1.0)
    assert (
        decide(tuned, "new", [compared(tuned, Condition.transfer, KEPT)], price, has_trained_parts=False).decision
        is Decision.keep
    )


def test_what_was_never_tuned_or_built_is_said_so():
    price = TargetCost(UNREACHABLE, "", NAN, NAN, NAN)
    for best, decision in ((0.9, Decision.untuned), (NAN, Decision.failed)):
        assert (
            decide(OperatingPoint("x", 10, None, best), "new", [], price, has_trained_parts=True).decision is decision
        )
