from embdrift.studies.precision.options import PrecisionOptions

__all__ = ["PrecisionOptions"]
