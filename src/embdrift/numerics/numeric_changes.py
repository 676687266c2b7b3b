"""Two vector sets of the same items that should be equal: how far apart they are, and what would explain it."""

from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import torch

from embdrift.numerics.arithmetic import ulp
from embdrift.numerics.encoding import wide
from embdrift.numerics.formats import FLOATS, FloatFormat
from embdrift.types import Floats, Positions

MEDIAN_LIMIT = 2e-2
"""A larger median relative error is no numeric change: a bfloat16 model makes about 1e-2."""

SPREAD_LIMIT = 3.0
"""An item whose error is more than this many times the median stands out."""

FLOOR = 2.0**-20
"""Errors up to this size, sixteen float32 roundings, never stand out: where most items are equal, the median is 0."""

SLIP = 1e-2
"""Where half of the lengths differ by more than this share, lengths changed, and not by rounding."""

SCALE = 1e-4
"""A common factor this close to 1 is no scale."""

_BLOCK = 8192
_UNIT_LENGTH = 5e-3


class Verdict(Enum):
    """What kind of change lies between two sets.

    * equal: bit for bit the same
    * numeric_scale: small and even, as another runtime, library or number format makes it
    * stands_out: small for most items, but some stand out
    * not_numeric: too large for numerics
    """

    equal = "equal"
    numeric_scale = "numeric_scale"
    stands_out = "stands_out"
    not_numeric = "not_numeric"


class Slip(Enum):
    """What happened to the lengths of the vectors.

    * none: nothing
    * scaled: all were multiplied by one factor
    * not_normalised: the reference has unit length, the candidate has not
    * normalised: the candidate has unit length, the reference has not
    * lengths: they changed in another way
    """

    none = "none"
    scaled = "scaled"
    not_normalised = "not_normalised"
    normalised = "normalised"
    lengths = "lengths"


@dataclass(frozen=True, eq=False)
class NumericChange:
    """How far apart two sets are.

    Args:
        equal_rows: share of the vectors that are equal in every value
        equal_values: share of the values that are equal
        ulps_median, ulps_mean, ulps_max: distances of the values in units of the last place, at the reference's value
            or at the root mean square of its vector where that is larger
        ulps_format: the format whose unit that is, the narrower of the two sets' types
        errors: shape (n,), relative error of each vector, |b / s - a| / |a|, with s the factor of its length where
            lengths slipped and 1 otherwise
        ratios: shape (n,), |b| / |a|
        slip: what happened to the lengths
        verdict: what kind of change it is
        standing_out: rows that stand out, the worst first
    """

    equal_rows: float
    equal_values: float
    ulps_median: float
    ulps_mean: float
    ulps_max: float
    ulps_format: str
    errors: Floats
    ratios: Floats
    slip: Slip
    verdict: Verdict
    standing_out: Positions

    @property
    def median(self) -> float:
        """Median relative error."""
        return float(np.median(self.errors))

    @property
    def largest(self) -> float:
        """Largest relative error."""
        return float(self.errors.max())


@dataclass
class _Sums:
    equal_rows: int = 0
    equal_values: int = 0
    ulps: float = 0.0
    ulps_max: float = 0.0
    row_medians: list[Floats] = field(default_factory=list)
    norms_a: list[Floats] = field(default_factory=list)
    norms_b: list[Floats] = field(default_factory=list)
    plain: list[Floats] = field(default_factory=list)
    turned: list[Floats] = field(default_factory=list)


def numeric_change(
    reference: torch.Tensor, candidate: torch.Tensor, a_rows: Positions, b_rows: Positions
) -> NumericChange:
    """Measure how far the candidate's vectors are from the reference's.

    Args:
        reference: shape (n, d)
        candidate: shape (m, d)
        a_rows: shape (r,), rows of the reference, at least one
        b_rows: shape (r,), the rows of the candidate that hold the same items
    """
    name = _narrower(reference, candidate)
    found = _Sums()
    for start in range(0, len(a_rows), _BLOCK):
        part = slice(start, start + _BLOCK)
        a = wide(reference[torch.from_numpy(a_rows[part])]).double()
        b = wide(candidate[torch.from_numpy(b_rows[part])]).double()
        _add(found, a, b, FLOATS[name])
    values = len(a_rows) * reference.shape[1]
    ratios, slip = _slip(np.concatenate(found.norms_a), np.concatenate(found.norms_b))
    errors = np.concatenate(found.plain if slip is Slip.none else found.turned)
    out = standing_out(errors)
    return NumericChange(
        equal_rows=found.equal_rows / len(a_rows),
        equal_values=found.equal_values / values,
        ulps_median=float(np.median(np.concatenate(found.row_medians))),
        ulps_mean=found.ulps / values,
        ulps_max=found.ulps_max,
        ulps_format=name,
        errors=errors,
        ratios=ratios,
        slip=slip,
        verdict=_verdict(errors, out, equal=found.equal_rows == len(a_rows)),
        standing_out=out,
    )


def standing_out(errors: Floats) -> Positions:
    """Items whose relative error is more than three times the median, and more than rounding; the worst first.

    Args:
        errors: shape (n,), relative error per item
    """
    limit = max(SPREAD_LIMIT * float(np.median(errors)), FLOOR)
    rows = np.flatnonzero(errors > limit)
    return np.asarray(rows[np.argsort(-errors[rows], kind="stable")])


def _verdict(errors: Floats, out: Positions, *, equal: bool) -> Verdict:
    if equal:
        return Verdict.equal
    if float(np.median(errors)) > MEDIAN_LIMIT:
        return Verdict.not_numeric
    return Verdict.stands_out if len(out) else Verdict.numeric_scale


def _add(found: _Sums, a: torch.Tensor, b: torch.Tensor, target: FloatFormat) -> None:
    off = (a - b).abs()
    same = off == 0
    # A component near zero has a vanishing unit of its own, which is not what its vector is stored for.
    typical = a.square().mean(dim=1, keepdim=True).sqrt()
    ulps = off / ulp(torch.maximum(a.abs(), typical), target)
    found.equal_rows += int(same.all(dim=1).sum())
    found.equal_values += int(same.sum())
    found.ulps += float(ulps.sum())
    found.ulps_max = max(found.ulps_max, float(ulps.max()))
    found.row_medians.append(ulps.median(dim=1).values.numpy())
    norm_a, norm_b = a.norm(dim=1), b.norm(dim=1)
    unit_a = a / torch.where(norm_a > 0, norm_a, 1.0)[:, None]
    unit_b = b / torch.where(norm_b > 0, norm_b, 1.0)[:, None]
    found.norms_a.append(norm_a.numpy())
    found.norms_b.append(norm_b.numpy())
    found.plain.append(_relative(off.square().sum(dim=1).sqrt(), norm_a).numpy())
    found.turned.append((unit_a - unit_b).norm(dim=1).numpy())


def _relative(off: torch.Tensor, norm: torch.Tensor) -> torch.Tensor:
    """Relative to the length; a vector that was zero and is not any more is off by infinity."""
    return torch.where(off == 0, 0.0, off / norm)


def _slip(a: Floats, b: Floats) -> tuple[Floats, Slip]:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(a == b, 1.0, b / a)
    middle = float(np.median(ratios))
    spread = float(np.quantile(np.abs(ratios / middle - 1), 0.9))
    if spread <= MEDIAN_LIMIT and abs(middle - 1) > max(SCALE, 3 * spread):
        return ratios, Slip.scaled
    # half of the items must agree that lengths changed: single ones are items that stand out
    if float(np.median(np.abs(ratios - 1))) <= SLIP:
        return ratios, Slip.none
    if _unit_length(a) and not _unit_length(b):
        return ratios, Slip.not_normalised
    if _unit_length(b) and not _unit_length(a):
        return ratios, Slip.normalised
    return ratios, Slip.lengths


def _unit_length(norms: Floats) -> bool:
    return float(np.quantile(np.abs(norms - 1), 0.9)) <= _UNIT_LENGTH


def _narrower(a: torch.Tensor, b: torch.Tensor) -> str:
    """The floating-point format with fewer bits among the two sets' types; float32 for whole numbers."""
    names = [str(one.dtype).removeprefix("torch.") for one in (a, b)]
    return min((name if name in FLOATS else "float32" for name in names), key=lambda name: FLOATS[name].bits)


@dataclass(frozen=True, eq=False)
class Swapped:
    """Rows that hold another row's vector.

    Args:
        rows: shape (m,), entries of the pairing that hold a vector that is not theirs
        owners: shape (m,), the entry whose vector each of them holds
    """

    rows: Positions
    owners: Positions


def swapped(reference: torch.Tensor, candidate: torch.Tensor, a_rows: Positions, b_rows: Positions, suspects: Positions,
            *, tolerance: float) -> Swapped:  # fmt: skip
    """Find, among rows that stand out, those that hold another item's vector.

    Args:
        reference: shape (n, d)
        candidate: shape (m, d)
        a_rows: shape (r,), rows of the reference
        b_rows: shape (r,), rows of the candidate with the same items
        suspects: shape (s,), entries of the pairing that stand out
        tolerance: relative error up to which a vector counts as the same
    """
    new = _unit(wide(candidate[torch.from_numpy(b_rows[suspects])]))
    best = np.full(len(suspects), np.inf)
    owner = np.full(len(suspects), -1)
    for start in range(0, len(a_rows), _BLOCK):
        old = _unit(wide(reference[torch.from_numpy(a_rows[start : start + _BLOCK])]))
        likeness, place = (new @ old.T).max(dim=1)
        off = torch.sqrt(torch.clamp(2 - 2 * likeness, min=0)).numpy()
        better = off < best
        best[better], owner[better] = off[better], place.numpy()[better] + start
    # float32 products make equal vectors look this far apart
    fits = (best <= max(tolerance, 1e-3)) & (owner != suspects)
    return Swapped(suspects[fits], owner[fits])


def _unit(values: torch.Tensor) -> torch.Tensor:
    values = values.float()
    norms = values.norm(dim=1, keepdim=True)
    return values / torch.where(norms > 0, norms, 1.0)


def as_text(verdict: Verdict) -> str:
    """A verdict in words."""
    return {
        Verdict.equal: "equal bit for bit",
        Verdict.numeric_scale: "a numeric-scale change",
        Verdict.stands_out: "not numeric-scale: some items stand out",
        Verdict.not_numeric: "not numeric-scale: too large for numerics",
    }[verdict]
