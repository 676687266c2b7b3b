from embdrift.studies.precision.options import PrecisionOptions
from embdrift.studies.precision.study import precision_study

__all__ = ["PrecisionOptions", "precision_study"]
