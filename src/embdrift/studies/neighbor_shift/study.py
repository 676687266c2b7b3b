"""The neighbour-shift study as one of the studies that a config can choose."""

from dataclasses import dataclass

from embdrift.cache import TableCache
from embdrift.progress import Progress
from embdrift.studies.engine.inputs import ShiftInput, ShiftOptions
from embdrift.studies.engine.study import StudyInput, StudyResult
from embdrift.studies.neighbor_shift.shift import neighbor_shift


@dataclass
class NeighborShift:
    """How neighbour shift is measured.

    Args:
        query_sample: measure so many sampled rows against the whole corpus; None for all
        noise_floor: measure what one float32 rounding does
        examples: most moved items to show per candidate
    """

    query_sample: int | None = None
    noise_floor: bool = True
    examples: int = 10


def shift_input(given: StudyInput, options: NeighborShift) -> ShiftInput:
    """What the study is given, with its options filled in.

    Raises:
        InputError: when versions or options cannot be used
    """
    common = given.common
    return ShiftInput(
        reference=given.reference,
        candidates=given.candidates,
        again=given.again,
        items=given.items,
        qrels=given.qrels,
        options=ShiftOptions(
            k=common.k,
            query_sample=options.query_sample,
            seed=common.seed,
            noise_floor=options.noise_floor,
            examples=options.examples,
            texts=common.texts,
            device=common.device,
        ),
    )


def neighbor_shift_study(
    given: StudyInput, options: NeighborShift, *, cache: TableCache, progress: Progress
) -> StudyResult:
    """How the nearest neighbours of every item, and the answers to every query, differ between versions.

    Raises:
        InputError: when versions cannot be compared
        StorageError: when tables cannot be kept
    """
    found = neighbor_shift(shift_input(given, options), cache=cache, progress=progress)
    return StudyResult(
        summary=found.summary,
        per_query=found.per_query,
        tables=found.tables,
        notes=tuple(found.notes),
        facts={"depth": found.depth, "alignment": found.alignment},
    )
