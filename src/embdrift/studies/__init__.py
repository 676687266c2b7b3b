from typing import TYPE_CHECKING

from embdrift.lazy import lazy_names

# Registers every study that comes with embdrift.
from embdrift.studies.ann_recall.options import AnnOptions
from embdrift.studies.drift.options import DriftOptions
from embdrift.studies.neighbor_shift.options import NeighborShiftOptions
from embdrift.studies.precision.options import PrecisionOptions
from embdrift.studies.registry import STUDIES, Study, register_study, require_study, study_of, unregister_study

if TYPE_CHECKING:
    from embdrift.studies.engine.study import CheckedSet, CommonOptions, StudyInput, StudyResult, Version

__all__ = [
    "STUDIES",
    "AnnOptions",
    "CheckedSet",
    "CommonOptions",
    "DriftOptions",
    "NeighborShiftOptions",
    "PrecisionOptions",
    "Study",
    "StudyInput",
    "StudyResult",
    "Version",
    "register_study",
    "require_study",
    "study_of",
    "unregister_study",
]

__getattr__, __dir__ = lazy_names(__name__)
