from embdrift.studies.neighbor_shift.options import NeighborShiftOptions

__all__ = ["NeighborShiftOptions"]
