"""The decision on each tuned index and candidate: keep it, rebuild it, or tune it anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import isnan

from embdrift.studies.ann_recall.compare import RecallComparison, RecallVerdict
from embdrift.studies.ann_recall.trials import Condition
from embdrift.studies.ann_recall.tune import OperatingPoint, TargetCost, TargetState


class Decision(Enum):
    """What to do with a tuned index, from least to most work.

    * keep: put the new vectors into the index as it is
    * rebuild: train it anew on the new vectors; the search settings can stay
    * retune: train it anew and find new search settings; the target can be reached
    * unreachable: no setting tried reaches the target on the new vectors
    * inconclusive: what it was trained on is not shown to hold, and there are too few queries to tell about the setting
    * untuned: it does not reach the target on the reference
    * failed: it could not be built or searched
    """

    keep = "keep"
    rebuild = "rebuild"
    retune = "retune"
    unreachable = "unreachable"
    inconclusive = "inconclusive"
    untuned = "untuned"
    failed = "failed"


@dataclass(frozen=True)
class IndexDecision:
    """A decision and the reason for it."""

    candidate: str
    index: str
    k: int
    decision: Decision
    note: str = ""


def decide(
    point: OperatingPoint,
    candidate: str,
    compared: Sequence[RecallComparison],
    cost: TargetCost,
    *,
    has_trained_parts: bool,
    why: str = "",
) -> IndexDecision:
    """Decide for one index and one candidate.

    Args:
        point: its operating point on the reference
        candidate: the version
        compared: every comparison of the run
        cost: of the target on the candidate, trained anew
        has_trained_parts: whether any part of the index can become stale
        why: why the index could not be built on the reference, where it could not
    """
    about = candidate, point.index, point.k
    if point.setting is None:
        failed = isnan(point.best)
        note = why if failed else f"its best recall there is {point.best:.4f}"
        return IndexDecision(*about, Decision.failed if failed else Decision.untuned, note)
    by_condition = {one.condition: one for one in compared if one.point is point and one.candidate == candidate}
    stale, transfer = by_condition.get(Condition.stale), by_condition[Condition.transfer]
    trained_parts = stale.verdict if stale is not None else RecallVerdict.undefined
    if (trained_parts if has_trained_parts else transfer.verdict) is RecallVerdict.kept:
        return IndexDecision(*about, Decision.keep)
    if transfer.verdict is RecallVerdict.kept:
        return IndexDecision(*about, Decision.rebuild, _stale_note(stale))
    return IndexDecision(*about, *_without_setting(transfer, stale, cost))


def _without_setting(
    transfer: RecallComparison, stale: RecallComparison | None, cost: TargetCost
) -> tuple[Decision, str]:
    """The decision where the tuned setting does not hold."""
    if transfer.verdict is RecallVerdict.undefined:
        return Decision.failed, transfer.note
    if transfer.verdict is not RecallVerdict.lost:
        there = f"trained anew, recall is {transfer.recall:.4f}"
        return Decision.inconclusive, there if stale is None else f"{there}; {_stale_note(stale)}"
    if cost.state is TargetState.unreachable:
        return Decision.unreachable, f"the best recall is {cost.best:.4f}"
    return Decision.retune, cost.search


def _stale_note(stale: RecallComparison | None) -> str:
    if stale is None:
        return "keeping what it was trained on was not tried"
    unsure = ", which may be too little" if stale.verdict is RecallVerdict.inconclusive else ""
    return stale.note or f"with what it was trained on, recall is {stale.recall:.4f}{unsure}"
