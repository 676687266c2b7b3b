from embdrift.studies.findings import ShiftResult
from embdrift.studies.inputs import CheckedSet, ShiftInput, ShiftOptions, Version
from embdrift.studies.neighbor_shift import neighbor_shift

__all__ = ["CheckedSet", "ShiftInput", "ShiftOptions", "ShiftResult", "Version", "neighbor_shift"]
