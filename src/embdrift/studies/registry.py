"""The studies that a config can choose, by name; another one is a line here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from embdrift.studies.ann_recall import AnnOptions, ann_recall, require_options_and_faiss
from embdrift.studies.drift import DriftOptions, drift_study
from embdrift.studies.engine.study import StudyResult
from embdrift.studies.neighbor_shift.study import NeighborShift, neighbor_shift_study
from embdrift.studies.precision import PrecisionOptions, precision_study


@dataclass(frozen=True)
class StudyKind:
    """One kind of study.

    Args:
        name: what configs, records and summaries call it
        options: the dataclass of its settings
        run: `run(given, options, cache=…, progress=…)`
        needs_candidates: whether it has nothing to do without a candidate
        beyond: what it does besides searching exact neighbours, for an estimate; empty for little
        require: checks its options and what it needs installed, before any file is opened
        searches: whether it searches exact neighbours with these options
    """

    name: str
    options: type[Any]
    run: Callable[..., StudyResult]
    needs_candidates: bool
    beyond: str = ""
    require: Callable[[Any], None] | None = None
    searches: Callable[[Any], bool] = lambda options: True


STUDIES = {
    kind.name: kind
    for kind in (
        StudyKind("neighbor_shift", NeighborShift, neighbor_shift_study, True),
        StudyKind(
            "ann_recall", AnnOptions, ann_recall, False, "building and searching the indexes", require_options_and_faiss
        ),
        StudyKind(
            "drift",
            DriftOptions,
            drift_study,
            True,
            "measuring distributions",
            searches=lambda options: bool(options.neighbors),
        ),
        StudyKind("precision", PrecisionOptions, precision_study, False, "an exhaustive search per cell of the ladder"),
    )
}


def require_study(options: Any) -> None:
    """Check what a study can check of its options and of this machine, before any file is opened.

    Raises:
        InputError: when options are out of range, or something is missing that the study needs
    """
    check = study_of(options).require
    if check is not None:
        check(options)


def study_of(options: object) -> StudyKind:
    """The study that options of this type are for.

    Raises:
        KeyError: when no study has such options
    """
    kinds = {kind.options: kind for kind in STUDIES.values()}
    return kinds[type(options)]
