"""The defined score of a pair, for compiled loops that score many pairs: what a sum of products stands for."""
# ruff: noqa: PLR0917 (compiled functions take their arguments by position)

import numba

from embdrift.search.cpu.simd import four_distances, four_products, one_distance, one_product
from embdrift.types import Array, Floats, Positions, Similarity

INNER_PRODUCT, COSINE, L2 = 0, 1, 2
KINDS = {Similarity.inner_product: INNER_PRODUCT, Similarity.cosine: COSINE, Similarity.l2: L2}
"""How compiled loops are told of a similarity."""


@numba.njit(nogil=True, inline="always")
def write_sums(kind: int, x: Floats, vectors: Array, places: Positions, first: int, stop: int, sums: Floats) -> None:
    """Write the defined sums of a row with others, `sums[at]` with row `places[at]`, from `first` to `stop`.

    Args:
        kind: how vectors are compared
        x: the row, filled up with zeros to a whole number of lanes
        vectors: shape (m, d)
        places: rows of the vectors
        first: the first place
        stop: the one after the last
        sums: as long as `places`, written
    """
    whole = stop - (stop - first) % 4
    for at in range(first, whole, 4):
        if kind == L2:
            four_distances(x, vectors, places, at, sums)
        else:
            four_products(x, vectors, places, at, sums)
    for at in range(whole, stop):
        if kind == L2:
            one_distance(x, vectors, places, at, sums)
        else:
            one_product(x, vectors, places, at, sums)


@numba.njit(nogil=True, inline="always")
def score_of(kind: int, total: float, row_norm: float, column_norm: float) -> float:
    """The defined score that a sum stands for; norms matter to cosines only."""
    if kind == COSINE:
        return total / (row_norm * column_norm)
    return 0.0 - total if kind == L2 else total
