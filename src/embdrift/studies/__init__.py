from embdrift.studies.ann_recall import AnnOptions
from embdrift.studies.drift import DriftOptions
from embdrift.studies.engine.findings import ShiftResult
from embdrift.studies.engine.inputs import CheckedSet, ShiftInput, ShiftOptions, Version
from embdrift.studies.engine.study import CommonOptions, StudyInput, StudyResult
from embdrift.studies.neighbor_shift.shift import neighbor_shift
from embdrift.studies.neighbor_shift.study import NeighborShift, shift_input
from embdrift.studies.precision import PrecisionOptions
from embdrift.studies.registry import STUDIES, StudyKind, require_study, study_of

__all__ = [
    "STUDIES",
    "AnnOptions",
    "CheckedSet",
    "CommonOptions",
    "DriftOptions",
    "NeighborShift",
    "PrecisionOptions",
    "ShiftInput",
    "ShiftOptions",
    "ShiftResult",
    "StudyInput",
    "StudyKind",
    "StudyResult",
    "Version",
    "neighbor_shift",
    "require_study",
    "shift_input",
    "study_of",
]
