"""How vectors become float16 rows, and by how much their products can be off.

A vector x is first turned into a point p in float64: its direction (cosine), itself times a power of two (inner
product), or itself times a power of two less the corpus's centre (L2). What is then multiplied is x~, the point times
its own power of two 2^e, rounded to float16, with numbers below 2^-14 set to zero. Its residual r = |2^e p - x~| and
its length |x~| are computed in float64 from what was really rounded. For a row i and a column j

    |2^(e_i + e_j) <p_i, p_j> - product| <= r_i max |2^e_j p_j| + |x~_i| (max r_j + A max |x~_j|) =: error_i

by Cauchy-Schwarz, with A = 1.5 (d + 4) 2^-23 for the accumulation: tensor cores align at least four products and the
sum so far to the largest of them and cut off what lies below 24 bits, also once more when they round (Fasi, Higham,
Mikaitis and Pranesh, Numerical behavior of NVIDIA tensor cores, PeerJ Computer Science 7:e330, 2021). What float64
loses of points and of the defined scores, (8 d + 256) 2^-53 |x~_i| |x~_j| at most, is added.

Column powers of two are chosen so that all maxima are taken over vectors of about one length, whatever their norms:
one far longer row does not make every other row's bound useless. To reach a score t, or for L2 a
g = <p_i, p_j> - |p_j|^2 / 2 = (|p_i|^2 - |p_i - p_j|^2) / 2, a product must then reach

    2^(e_i + e_j) t - error_i = T_i scale_j - error_i,    and for L2    T_i scale_j + scale_i half_j - error_i,

T_i = 2^(e_i + e) t, scale_j = 2^(e_j - e), half_j = 2^(e_j + e) |p_j|^2 / 2, e the exponent of the longest column. The
kernel computes this in float32. Scaling is exact; one product, one sum and one difference lose 2^-22 of their sizes
at most, for which T_i and half_j are made smaller, and error_i larger, beforehand.
"""

from dataclasses import dataclass, field

import torch

from embdrift.types import Similarity

DEPTH = 64
"""Rows are padded with zeros to a multiple of this dimension: the kernel has no remainder."""
_LONGEST = 10  # |2^e p| lies between 2^9 and 2^10: far from float16's largest number, and its rounding far from zero
_SPAN = 60  # a column's units are at most so many powers of two finer than those of the longest
_FARTHEST = 2.0**200
_SMALLEST_NORMAL = 2.0**-14
_SAFE = 1 + 2.0**-36  # covers the float64 rounding of lengths and residuals, in any order, up to d = 2^16
_ROUNDED = 2.0**-21
_FLOOR = 2.0**-60
# More than every number that was lost for being too small, of products that are about 2^20 in size.
_LOST = 2.0**-40
_FINEST = 200


def power_of_two(exponents: torch.Tensor) -> torch.Tensor:
    """2 to whole numbers between -1022 and 1023, exactly, which `exp2` on a GPU does not promise."""
    return ((exponents.to(torch.int64) + 1023) << 52).view(torch.float64)


def exponent_of(sizes: torch.Tensor) -> torch.Tensor:
    """The whole number q with 2^(q - 1) <= size < 2^q; -1022 for zero and what is as small."""
    return ((sizes.view(torch.int64) >> 52) & 0x7FF) - 1022


@dataclass(frozen=True, eq=False)
class Units:
    """What the rows of one search have in common.

    Args:
        similarity: how vectors are compared
        d: dimension
        corpus_power: corpus vectors are multiplied by 2 to this
        query_power: and queries by 2 to this; the same under L2
        centre: float64, shape (d,), taken from both (zero but for L2)
        scaled: each row has units of its own
        reference: e, the exponent of the longest column
        longest: max |2^e_j p_j|
    """

    similarity: Similarity
    d: int
    corpus_power: int
    query_power: int
    centre: torch.Tensor
    scaled: bool = False
    reference: int = 0
    longest: float = 0.0

    def points(self, vectors: torch.Tensor, norms: torch.Tensor, *, corpus: bool) -> torch.Tensor:
        """The float64 points of some vectors with the given norms, shape (m, d)."""
        wide = vectors.to(torch.float64)
        if self.similarity is Similarity.cosine:
            return wide / norms[:, None]
        return wide * 2.0 ** (self.corpus_power if corpus else self.query_power) - self.centre

    def exponents(self, sizes: torch.Tensor, *, searches_corpus: bool) -> torch.Tensor:
        """Each point's power of two.

        Args:
            sizes: float64, shape (m,), lengths of the points
            searches_corpus: they are queries, whose units are free unless half a squared norm must fit to them
        """
        free = searches_corpus and self.similarity is not Similarity.l2
        if not (self.scaled or free):
            return torch.full_like(sizes, self.reference, dtype=torch.int64)
        return (_LONGEST - exponent_of(sizes)).clamp(max=self.reference + _SPAN)


def choose_units(units: Units, column_sizes: torch.Tensor, row_sizes: torch.Tensor | None) -> Units:
    """Complete the units of one search once the lengths of all points are known.

    Args:
        units: what is known so far
        column_sizes: lengths of the corpus's points
        row_sizes: lengths of the queries' points, None where the corpus searches itself
    """
    longest = column_sizes.max()
    others = column_sizes if row_sizes is None else row_sizes
    uneven = longest > 2 * column_sizes.median()
    # Queries without units of their own must fit into those of the corpus.
    uneven |= (others.max() > longest) & (units.similarity is Similarity.l2)
    reference = min(_LONGEST - int(exponent_of(longest)), _FINEST)
    scaled = bool(uneven) and units.similarity is not Similarity.cosine
    given = (units.similarity, units.d, units.corpus_power, units.query_power, units.centre)
    complete = Units(*given, scaled, reference)
    lengths = column_sizes * power_of_two(complete.exponents(column_sizes, searches_corpus=False))
    return Units(*given, scaled, reference, float(lengths.max()) * _SAFE)


@dataclass(frozen=True, eq=False)
class Measured:
    """What is known of each row of one side, all shape (m,), on the device.

    Args:
        norms: float64, the defined norms of the vectors
        sizes: float64, lengths of the points
        exponents: int64, each point's power of two
        lengths: float64, |x~|, rounded up
        residuals: float64, |2^e p - x~|, rounded up
    """

    norms: torch.Tensor
    sizes: torch.Tensor
    exponents: torch.Tensor
    lengths: torch.Tensor
    residuals: torch.Tensor

    def take(self, index: torch.Tensor) -> "Measured":
        """Some rows, in the order given."""
        return Measured(*(getattr(self, name)[index] for name in self.__dataclass_fields__))

    def part(self, begin: int, end: int) -> "Measured":
        """Rows `begin` to `end`, without a copy."""
        return Measured(*(getattr(self, name)[begin:end] for name in self.__dataclass_fields__))


def half_rows(points: torch.Tensor, exponents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Float16 rows, shape (m, d padded), with their lengths and residuals, shape (m,)."""
    fits = torch.isfinite(points).all(1) & (_size(points) < _FARTHEST)
    scaled = torch.where(fits[:, None], points * power_of_two(exponents)[:, None], 0.0)
    rounded = scaled.to(torch.float16)
    rounded[rounded.abs() < _SMALLEST_NORMAL] = 0
    lengths, residuals = _size(rounded.to(torch.float64)), _size(scaled - rounded)
    padded = torch.nn.functional.pad(rounded, (0, -points.shape[1] % DEPTH))
    return padded, lengths * _SAFE, residuals * _SAFE


def _size(points: torch.Tensor) -> torch.Tensor:
    return points.square().sum(1).sqrt()


@dataclass(frozen=True, eq=False)
class Bound:
    """How far the screened scores of each row can be off, and what a product must reach for a score to be possible.

    Args:
        units: of the search
        rows: the rows that search
        error: float64, shape (m,), in the products' units
        screened: bool, shape (m,), False for a row too long for float16, which is scored in full
    """

    units: Units
    rows: Measured
    error: torch.Tensor = field(repr=False)
    screened: torch.Tensor = field(repr=False)

    def take(self, index: torch.Tensor) -> "Bound":
        """The bound of some rows, in the order given."""
        return Bound(self.units, self.rows.take(index), self.error[index], self.screened[index])

    def targets(self, scores: torch.Tensor) -> torch.Tensor:
        """Float32 targets such that every pair whose defined score is at least `scores`, shape (m,), gets its bit."""
        return self.rounded(self._wanted(scores))

    def rounded(self, wanted: torch.Tensor) -> torch.Tensor:
        """Targets in the row's units, float64, made safe for the kernel's float32 arithmetic."""
        if self.units.scaled:
            safe = wanted - _ROUNDED * wanted.abs()
            safe = torch.where(safe.abs() < _FLOOR, -_FLOOR, safe)
        else:
            safe = wanted - self.error - _ROUNDED * (wanted.abs() + self.error)
        return torch.where(self.screened, safe, -torch.inf).to(torch.float32)

    def _wanted(self, scores: torch.Tensor) -> torch.Tensor:
        units, d = self.units, self.units.d
        shift = power_of_two(self.rows.exponents) * 2.0**units.reference
        if units.similarity is Similarity.cosine:
            return scores * shift
        # Products of float64 numbers may be too small for float64: each loses 2^-1074 at most.
        if units.similarity is Similarity.inner_product:
            lost = scores - d * 2.0**-1074
            return lost * 2.0**units.query_power * 2.0**units.corpus_power * shift
        squared = (d * 2.0**-1074 - scores) * 2.0**units.corpus_power * 2.0**units.corpus_power
        own = self.rows.sizes.square()
        return ((own - squared) / 2 - (2 * d + 64) * 2.0**-53 * (own + squared)) * shift

    def in_scores(self) -> torch.Tensor:
        """The error in the unit of the scores, float64, shape (m,); infinite for rows that cannot be screened."""
        units = self.units
        error = self.error / (power_of_two(self.rows.exponents) * 2.0**units.reference)
        if units.similarity is Similarity.l2:
            error = 2 * error
        error = error * 2.0**-units.corpus_power * 2.0**-units.query_power
        return torch.where(self.screened, error, torch.inf)


def make_bound(units: Units, rows: Measured, columns: Measured, *, further: torch.Tensor | float = 0.0) -> Bound:
    """The bound of every row against all columns; see the top of this file.

    Args:
        units: of the search
        rows: what searches
        columns: what is found
        further: float64, shape (m,), in the rows' own units: lengths that float64 loses digits of beside the rows' own
    """
    accumulated = 1.5 * (units.d + 4) * 2.0**-23
    per_length = columns.residuals.max() + accumulated * columns.lengths.max()
    error = rows.residuals * units.longest + rows.lengths * per_length
    error = error + (8 * units.d + 256) * 2.0**-53 * (rows.lengths + rows.residuals + further) * units.longest
    return Bound(units, rows, error * _SAFE + _LOST, rows.sizes < _FARTHEST)


def kernel_error(bound: Bound) -> torch.Tensor:
    """The error as the kernel takes it off, float32; only used with scales."""
    return (bound.error * (1 + 2 * _ROUNDED)).to(torch.float32)


def kernel_scale(units: Units, exponents: torch.Tensor) -> torch.Tensor:
    """2^(e_i - e), float32; zero for a row so long that nothing of its size is left."""
    return power_of_two((exponents - units.reference).clamp(-1022, 1023)).to(torch.float32)


def kernel_half(units: Units, rows: Measured) -> torch.Tensor:
    """2^(e_j + e) |p_j|^2 / 2, a little smaller, float32; zero but for L2."""
    if units.similarity is not Similarity.l2:
        return torch.zeros(len(rows.sizes), dtype=torch.float32, device=rows.sizes.device)
    scaled = rows.sizes * power_of_two(rows.exponents)
    half = scaled * (rows.sizes * 2.0**units.reference) / 2
    return (half * (1 - _ROUNDED)).to(torch.float32)


def kernel_bias(units: Units, rows: Measured, bias: torch.Tensor) -> torch.Tensor:
    """2^(e_j + e) times what each column adds to a target, float64, of any sign, a little smaller, float32."""
    scaled = bias * power_of_two(rows.exponents) * 2.0**units.reference
    return (scaled - _ROUNDED * scaled.abs()).to(torch.float32)
