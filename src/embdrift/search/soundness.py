"""Rules that every engine shares: lanes of the defined sums, rows that have a score, full float32 products."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from embdrift.errors import InputError
from embdrift.types import Floats, Positions

LANES = 16
"""Running sums that the defined score of a pair is added up in; see `SCORE_DEFINITION`."""

NO_DIRECTION = 2.0**-480
"""Below this norm, squares of float64 components lose digits or vanish, and with them the vector's direction."""


def require_sound(norms: Floats, what: str, *, needs_direction: bool, rows: Positions) -> None:
    """Refuse rows that no score is defined for.

    Raises:
        InputError: when a row holds NaN or infinity, or is zero although its direction is needed
    """
    bad = np.flatnonzero(~np.isfinite(norms) | ((norms < NO_DIRECTION) & needs_direction))
    if len(bad):
        short = norms[bad[0]] < NO_DIRECTION
        rule = "is zero or too small to have a direction" if short else "holds NaN, infinity or values too large"
        raise InputError(
            f"{what} row {rows[bad[0]]} {rule}, and {len(bad) - 1} more are unsound; `embdrift check` lists them"
        )


@contextmanager
def full_float32() -> Iterator[None]:
    """The screen's error bound holds for float32 products, not for the shortcuts that torch may be set to."""
    # One backend at a time: torch.get_float32_matmul_precision fails where the caller has set only one of them.
    backends = (torch.backends.mkldnn.matmul, torch.backends.cuda.matmul)  # type: ignore[attr-defined]
    before = [backend.fp32_precision for backend in backends]
    for backend in backends:
        backend.fp32_precision = "ieee"
    try:
        yield
    finally:
        for backend, precision in zip(backends, before, strict=True):
            backend.fp32_precision = precision
