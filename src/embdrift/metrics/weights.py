"""Values per query, of which some may count more than others."""

import numpy as np

from embdrift.errors import InputError
from embdrift.types import Floats


def known_weights(values: Floats, weights: Floats | None) -> tuple[Floats, Floats]:
    """The values that are defined and count, and what each of them counts.

    Args:
        values: shape (q,), NaN where not defined
        weights: shape (q,), at least 0; None for all the same
    Returns:
        both of shape (m,); no values where none is defined, or none that is defined counts
    Raises:
        InputError: when there is not one weight per value, one is negative or not finite, or all are 0
    """
    if weights is None:
        known = values[~np.isnan(values)]
        return known, np.ones(len(known))
    check_weights(weights, len(values))
    taking_part = ~np.isnan(values) & (weights > 0)
    return values[taking_part], weights[taking_part]


def check_weights(weights: Floats, q: int) -> None:
    """Make sure that weights can be meant.

    Raises:
        InputError: when there is not one per value, one is negative or not finite, or all are 0
    """
    if weights.shape != (q,):
        raise InputError(f"{q} values need {q} weights, got {len(weights)}")
    wrong = weights[~(np.isfinite(weights) & (weights >= 0))]
    if len(wrong):
        raise InputError(f"a weight must be a finite number of at least 0, got {wrong[0]}")
    if q and not weights.any():
        raise InputError(f"all {q} weights are 0, so that nothing would count: give one of them a weight above 0")
