"""The study `drift`: distribution, geometry and neighbours of versions held against each other."""

from embdrift.studies.drift.distribution import distribution_rows
from embdrift.studies.drift.options import DriftOptions
from embdrift.studies.drift.study import drift_study

__all__ = ["DriftOptions", "distribution_rows", "drift_study"]
