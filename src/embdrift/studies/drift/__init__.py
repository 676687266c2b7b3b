from embdrift.studies.drift.options import DriftOptions

__all__ = ["DriftOptions"]
