"""Number formats and arithmetic: what storing, multiplying and keeping in fewer bits does to scores, with bounds."""

from typing import TYPE_CHECKING

from embdrift.lazy import lazy_names

if TYPE_CHECKING:
    from embdrift.numerics.arithmetic import Side, arithmetic_flags, rounded, side, to_tf32, ulp
    from embdrift.numerics.cells import (
        Arithmetic,
        Cell,
        Fidelity,
        QueryFormat,
        RescoreWith,
        cell_name,
        check_ladder,
        default_ladder,
        fidelity,
        is_labelled,
    )
    from embdrift.numerics.encoding import Codec, Encoded, RangeReport, fit, range_report, wide
    from embdrift.numerics.exhaustive import Exhaustive, Listed
    from embdrift.numerics.expected_loss import density, expected_lost, lost_per_noise, score_noise
    from embdrift.numerics.formats import FLOATS, KeptFormat, StorageFormat, bytes_per_vector
    from embdrift.numerics.labels import Cause, Label, Lost, find_lost, label_lost
    from embdrift.numerics.numeric_changes import (
        NumericChange,
        Slip,
        Swapped,
        Verdict,
        numeric_change,
        standing_out,
        swapped,
    )
    from embdrift.numerics.pairs import PairScores, pair_scores
    from embdrift.numerics.score_errors import Expectation, ScoreError, expectation, score_error
    from embdrift.numerics.stored_codes import Provenance, provenance, value_provenance

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

__getattr__, __dir__ = lazy_names(__name__)
