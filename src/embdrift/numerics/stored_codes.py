"""Whether stored codes are what rounding the reference gives, row by row, and which are not.

This comes before any label: a bound that is computed from wrong codes would excuse every neighbour that they cost.
"""

from dataclasses import dataclass

import numpy as np
import torch

from embdrift.numerics.encoding import Codec, Encoded
from embdrift.types import Floats, Positions

_BLOCK = 8192


@dataclass(frozen=True, eq=False)
class Provenance:
    """The rows whose stored values are not a fresh rounding of the reference.

    Args:
        rows: shape (m,), ascending
        dimensions: shape (m,), the dimension of each that is off the most
        differing: shape (m,), how many of its dimensions differ
        expected: shape (m,), the value that this dimension should have
        found: shape (m,), the value that it has
    """

    rows: Positions
    dimensions: Positions
    differing: Positions
    expected: Floats
    found: Floats


def provenance(stored: Encoded, reference: torch.Tensor, codec: Codec) -> Provenance:
    """Compare stored codes with a fresh rounding of the reference.

    Args:
        stored: n vectors as they are stored
        reference: shape (n, d), the originals in the same order
        codec: how they should have been stored
    """
    found = []
    for start in range(0, len(reference), _BLOCK):
        part = slice(start, min(start + _BLOCK, len(reference)))
        fresh = codec.encode(reference[part]).decode().double()
        found.append(_differences(fresh, stored.take(part).decode().double(), start, exact=True))
    return _joined(found)


def value_provenance(values: torch.Tensor, reference: torch.Tensor, codec: Codec) -> Provenance:
    """The same for vectors that were stored elsewhere and came back as numbers.

    Formats with scales leave their users room for one rounding more, since `code x scale` is rounded to float32.

    Args:
        values: shape (n, d), what came back
        reference: shape (n, d), the originals in the same order
        codec: how they should have been stored
    """
    found = []
    for start in range(0, len(reference), _BLOCK):
        part = slice(start, min(start + _BLOCK, len(reference)))
        fresh = codec.encode(reference[part])
        found.append(_differences(fresh.decode().double(), values[part].double(), start, exact=fresh.scale is None))
    return _joined(found)


def _differences(fresh: torch.Tensor, found: torch.Tensor, first: int, *, exact: bool) -> Provenance:
    off = (fresh - found).abs().nan_to_num(nan=torch.inf)
    allowed = 0.0 if exact else 2.0**-22 * fresh.abs().amax(dim=1, keepdim=True)
    wrong = off > allowed
    rows = torch.nonzero(wrong.any(dim=1))[:, 0]
    dimensions = off[rows].argmax(dim=1) if len(rows) else rows
    return Provenance(
        rows=(rows + first).numpy(),
        dimensions=dimensions.numpy(),
        differing=wrong[rows].sum(dim=1).numpy(),
        expected=fresh[rows, dimensions].numpy(),
        found=found[rows, dimensions].numpy(),
    )


def _joined(parts: list[Provenance]) -> Provenance:
    def column(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.concatenate([np.empty(0), *(getattr(part, name) for part in parts)])

    whole = [column(name).astype(np.int64) for name in ("rows", "dimensions", "differing")]
    return Provenance(whole[0], whole[1], whole[2], column("expected"), column("found"))
