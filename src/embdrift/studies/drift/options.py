"""Options of drift, and its registration."""

import math
from dataclasses import dataclass

from embdrift.errors import InputError
from embdrift.studies.neighbor_shift.options import NeighborShiftOptions
from embdrift.studies.registry import Study, register_study


@dataclass
class DriftOptions(NeighborShiftOptions):
    """How drift is measured: neighbors as in the neighbor-shift study, and distribution and geometry beside them.

    Args:
        neighbors: measure neighbors; without, only what vectors alone show, and the versions need no item in common
        poor_match: top-1 similarity below which a match counts as poor; None for the reference's 5th percentile
        bins: bins of the similarity and norm histograms; fewer where there are less than 50 values a bin
        smoothing: values added to every bin
        features: random Fourier frequencies of MMD
        permutations: permutations of each permutation test
        classifier_rows: items per version that the domain classifier sees; more are sampled
        cohort_rows: items of each cohort that the domain classifier sees
        cut_offs: similarity cut-offs in use, in the reference's scores; None for usual cosines, or quartiles of others
        golden_threshold: cosine that divides similar from dissimilar golden pairs; None for the one that suits the
            reference best
        golden_similar_from: score from which a golden pair is similar; None for the middle of the scores
    """

    neighbors: bool = True
    poor_match: float | None = None
    bins: int = 20
    smoothing: float = 0.5
    features: int = 256
    permutations: int = 199
    classifier_rows: int = 10000
    cohort_rows: int = 1000
    cut_offs: list[float] | None = None
    golden_threshold: float | None = None
    golden_similar_from: float | None = None

    def require(self) -> None:
        """Validate the settings.

        Raises:
            InputError: when one is out of range
        """
        least = {"bins": 2, "features": 2, "permutations": 19, "classifier_rows": 100, "cohort_rows": 100}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise InputError(f"study.{name} must be at least {low}, got {getattr(self, name)}")
        if not self.smoothing > 0:
            raise InputError(f"study.smoothing must be above 0, got {self.smoothing}; 0.5 is usual")
        if self.poor_match is not None and not -1 <= self.poor_match <= 1:
            raise InputError(f"study.poor_match is a cosine and must be between -1 and 1, got {self.poor_match}")
        if self.cut_offs is not None and not (self.cut_offs and all(map(math.isfinite, self.cut_offs))):
            raise InputError(f"study.cut_offs must be a list of finite scores, got {self.cut_offs}")
        if self.golden_threshold is not None and not -1 <= self.golden_threshold <= 1:
            raise InputError(f"study.golden_threshold must be a cosine from -1 to 1, got {self.golden_threshold}")


STUDY = register_study(
    Study(
        "drift",
        DriftOptions,
        "embdrift.studies.drift.study:drift_study",
        dataset_settings=("golden", "removed", "timestamp", "as_of"),
        other_work="measuring distributions",
        require=DriftOptions.require,
        searches=lambda options: bool(options.neighbors),
    )
)
