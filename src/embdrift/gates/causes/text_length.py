"""Movement goes with the length of the text: a tokenizer, or a limit on length."""

import numpy as np
from scipy.stats import spearmanr

from embdrift.gates.causes.evidence import Evidence
from embdrift.gates.verdict import Cause
from embdrift.gates.words import number
from embdrift.types import Floats

CORRELATED = 0.3
"""Rank correlation of movement and length that is worth a look; with hundreds of items chance gives below 0.15."""

FEWEST = 100
"""Correlations over fewer items say little."""

TIMES = 2.0
"""The longest quarter moved at least so many times as far as the shortest."""

LEAST_MOVED = 1e-4
"""1 - cosine below which the longest quarter did not move."""


def text_length(known: Evidence) -> Cause | None:
    """Long texts moved further than short ones."""
    values, words = known.displacement()
    lengths = text_lengths(known)
    if len(values) != len(lengths) or len(values) == 0:
        return None
    both = ~np.isnan(values) & (lengths > 0)
    values, lengths = values[both], lengths[both]
    if len(values) < FEWEST or lengths.min() == lengths.max() or values.min() == values.max():
        return None
    rho = float(spearmanr(lengths, values).statistic)
    short, long = _quarters(values, lengths)
    if not (rho >= CORRELATED and long >= max(TIMES * short, LEAST_MOVED)):
        return None
    return Cause(
        "tokenizer or truncation",
        (
            f"movement goes with the length of the text: rank correlation {number(rho)} over {len(values):,} items",
            f"{words} is {number(short)} for the shortest quarter and {number(long)} for the longest, in the median",
        ),
    )


def text_lengths(known: Evidence) -> Floats:
    """Characters of each item's text; empty where the run keeps no texts."""
    if "text_length" in known.items:
        return known.per_item("text_length")
    if "text" not in known.items:
        return np.empty(0)
    return np.array([len(str(text)) for text in known.items["text"].fillna("")], np.float64)


def _quarters(values: Floats, lengths: Floats) -> tuple[float, float]:
    low, high = np.quantile(lengths, (0.25, 0.75))
    return float(np.median(values[lengths <= low])), float(np.median(values[lengths >= high]))
