"""Number formats and arithmetic: what storing, multiplying and keeping in fewer bits does to scores, with bounds."""

from typing import TYPE_CHECKING

from embdrift.lazy import lazy_names

if TYPE_CHECKING:
    from embdrift.numerics.arithmetic import Operands, arithmetic_flags, operands, rounded, to_tf32, ulp
    from embdrift.numerics.cells import (
        Arithmetic,
        Fidelity,
        PrecisionCell,
        QueryFormat,
        RescoreWith,
        cell_name,
        check_ladder,
        default_ladder,
        fidelity,
        is_labeled,
    )
    from embdrift.numerics.encoding import Codec, Encoded, RangeReport, fit, range_report, wide
    from embdrift.numerics.exhaustive import Exhaustive, Listed
    from embdrift.numerics.expected_loss import density, expected_lost, lost_per_noise, score_noise
    from embdrift.numerics.formats import FLOATS, KeptFormat, StorageFormat, bytes_per_vector
    from embdrift.numerics.labels import Label, LossCause, Lost, find_lost, label_lost
    from embdrift.numerics.numeric_changes import (
        ChangeKind,
        LengthChange,
        NumericChange,
        Swapped,
        numeric_change,
        standing_out,
        swapped,
    )
    from embdrift.numerics.pairs import PairScores, stored_pair_scores
    from embdrift.numerics.score_errors import Expectation, ScoreError, expectation, score_error
    from embdrift.numerics.stored_codes import Provenance, provenance, value_provenance

__all__ = [
    "FLOATS",
    "Arithmetic",
    "ChangeKind",
    "Codec",
    "Encoded",
    "Exhaustive",
    "Expectation",
    "Fidelity",
    "KeptFormat",
    "Label",
    "LengthChange",
    "Listed",
    "LossCause",
    "Lost",
    "NumericChange",
    "Operands",
    "PairScores",
    "PrecisionCell",
    "Provenance",
    "QueryFormat",
    "RangeReport",
    "RescoreWith",
    "ScoreError",
    "StorageFormat",
    "Swapped",
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
    "is_labeled",
    "label_lost",
    "lost_per_noise",
    "numeric_change",
    "operands",
    "provenance",
    "range_report",
    "rounded",
    "score_error",
    "score_noise",
    "standing_out",
    "stored_pair_scores",
    "swapped",
    "to_tf32",
    "ulp",
    "value_provenance",
    "wide",
]

__getattr__, __dir__ = lazy_names(__name__)
