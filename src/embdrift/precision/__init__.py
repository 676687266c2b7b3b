"""Number formats and arithmetic: what storing, multiplying and keeping in fewer bits does to scores, with bounds."""

from embdrift.precision.cells import (
    Arithmetic,
    Cell,
    Fidelity,
    QueryFormat,
    RescoreWith,
    cell_name,
    check_ladder,
    fidelity,
    is_labelled,
)
from embdrift.precision.churn import density, expected_lost, lost_per_noise, score_noise
from embdrift.precision.encoding import Codec, Encoded, fit, wide
from embdrift.precision.exhaustive import Exhaustive, Listed
from embdrift.precision.flags import arithmetic_flags
from embdrift.precision.formats import FLOATS, KeptFormat, StorageFormat, bytes_per_vector
from embdrift.precision.labels import Cause, Label, Lost, find_lost, label_lost
from embdrift.precision.ladder import default_ladder
from embdrift.precision.numeric_change import (
    NumericChange,
    Slip,
    Swapped,
    Verdict,
    numeric_change,
    standing_out,
    swapped,
)
from embdrift.precision.pairs import PairScores, pair_scores
from embdrift.precision.provenance import Provenance, provenance, value_provenance
from embdrift.precision.ranges import RangeReport, range_report
from embdrift.precision.rounding import rounded, to_tf32, ulp
from embdrift.precision.score_error import Expectation, ScoreError, expectation, score_error
from embdrift.precision.sides import Side, side

__all__ = [
    "FLOATS",
    "Arithmetic",
    "Cause",
    "Cell",
    "Codec",
    "Encoded",
    "Exhaustive",
    "Expectation",
    "Fidelity",
    "KeptFormat",
    "Label",
    "Listed",
    "Lost",
    "NumericChange",
    "PairScores",
    "Provenance",
    "QueryFormat",
    "RangeReport",
    "RescoreWith",
    "ScoreError",
    "Side",
    "Slip",
    "StorageFormat",
    "Swapped",
    "Verdict",
    "arithmetic_flags",
    "bytes_per_vector",
    "cell_name",
    "check_ladder",
    "default_ladder",
    "density",
    "expectation",
    "expected_lost",
    "fidelity",
    "find_lost",
    "fit",
    "is_labelled",
    "label_lost",
    "lost_per_noise",
    "numeric_change",
    "pair_scores",
    "provenance",
    "range_report",
    "rounded",
    "score_error",
    "score_noise",
    "side",
    "standing_out",
    "swapped",
    "to_tf32",
    "ulp",
    "value_provenance",
    "wide",
]
