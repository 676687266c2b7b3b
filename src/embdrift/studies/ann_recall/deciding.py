"""Which tuned index can be kept: one decision per candidate and index."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import isnan

from embdrift.studies.ann_recall.cells import STALE
from embdrift.studies.ann_recall.comparing import KEPT, LOST, TRANSFER, UNDEFINED, UNSURE, Comparison
from embdrift.studies.ann_recall.equal_recall import UNREACHABLE, EqualRecall
from embdrift.studies.ann_recall.tuning import Tuned


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
class Decided:
    """A decision and what it rests on."""

    candidate: str
    index: str
    k: int
    decision: Decision
    note: str = ""


def decide(
    tuned: Tuned,
    candidate: str,
    compared: Sequence[Comparison],
    reached: EqualRecall,
    *,
    has_trained_parts: bool,
    why: str = "",
) -> Decided:
    """Decide for one index and one candidate.

    Args:
        tuned: its operating point on the reference
        candidate: the version
        compared: every comparison of the run
        reached: what the target costs on the candidate, trained anew
        has_trained_parts: whether any part of the index can grow old
        why: why the index could not be built on the reference, where it could not
    """
    about = candidate, tuned.index, tuned.k
    if tuned.setting is None:
        failed = isnan(tuned.best)
        note = why if failed else f"its best recall there is {tuned.best:.4f}"
        return Decided(*about, Decision.failed if failed else Decision.untuned, note)
    mine = {one.question: one for one in compared if one.tuned is tuned and one.candidate == candidate}
    stale, transfer = mine.get(STALE), mine[TRANSFER]
    keeps = stale.verdict if stale is not None else UNDEFINED
    if (keeps if has_trained_parts else transfer.verdict) == KEPT:
        return Decided(*about, Decision.keep)
    if transfer.verdict == KEPT:
        return Decided(*about, Decision.rebuild, _stale_note(stale))
    return Decided(*about, *_without_setting(transfer, stale, reached))


def _without_setting(transfer: Comparison, stale: Comparison | None, reached: EqualRecall) -> tuple[Decision, str]:
    """What to do where the tuned setting does not hold."""
    if transfer.verdict == UNDEFINED:
        return Decision.failed, transfer.note
    if transfer.verdict != LOST:
        there = f"trained anew, recall is {transfer.recall:.4f}"
        return Decision.inconclusive, there if stale is None else f"{there}; {_stale_note(stale)}"
    if reached.state == UNREACHABLE:
        return Decision.unreachable, f"the best recall is {reached.best:.4f}"
    return Decision.retune, reached.search


def _stale_note(stale: Comparison | None) -> str:
    if stale is None:
        return "keeping what it was trained on was not tried"
    unsure = ", which may be too little" if stale.verdict == UNSURE else ""
    return stale.note or f"with what it was trained on, recall is {stale.recall:.4f}{unsure}"
