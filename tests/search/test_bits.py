import numba
import numpy as np
import torch
from search_cases import ordered_codes

from embdrift.search.cpu.narrow.bits import count_reached, lowest_bit, reaches_column, reaches_row, store_ordered
from embdrift.search.cpu.narrow.thresholds import WIDTH, Codes, ColumnLevels, RowLevels


@numba.njit
def reached(flat, width, rows, columns, by_row, by_column):
    for row in range(len(by_row)):
        for group in range(0, width, WIDTH):
            words = (
                reaches_row(flat, row * width + group, rows, row, columns, group),
                reaches_column(flat, row * width + group, rows, row, columns, group),
            )
            for word, found in zip(words, (by_row, by_column)):  # noqa: B905 (numba has no strict)
                left = word
                while left != 0:
                    found[row, group + lowest_bit(left)] = True
                    left &= left - np.uint32(1)


@numba.njit
def ordered(flat, width, rows, columns, result):
    for row in range(len(result)):
        for group in range(0, width, WIDTH):
            store_ordered(flat, row * width + group, rows, row, columns, group, result[row], group)


@numba.njit
def counted(codes, threshold):
    total = 0
    for group in range(0, len(codes), WIDTH):
        total += count_reached(codes, group, threshold)
    return total


def found_with(flat, shape, rows, columns):
    result = np.zeros((2, *shape), bool)
    reached(flat, shape[1], rows, columns, *result)
    return result


def test_bits_say_which_bfloat16_scores_reach_a_rows_and_a_columns_code():
    rng = np.random.default_rng(0)
    shape = 5, 3 * WIDTH
    bits = rng.integers(-32768, 32768, shape).astype(np.int16)
    mine, theirs = (rng.integers(-32768, 32768, size).astype(np.int16) for size in shape)
    by_row, by_column = found_with(bits.ravel(), shape, Codes(mine), Codes(theirs))
    np.testing.assert_array_equal(by_row, ordered_codes(bits) >= mine[:, None])
    np.testing.assert_array_equal(by_column, ordered_codes(bits) >= theirs)
    codes = np.empty(shape, np.int16)
    ordered(bits.ravel(), shape[1], Codes(mine), Codes(theirs), codes)
    np.testing.assert_array_equal(codes, ordered_codes(bits))
    assert counted(codes[0], np.int16(77)) == (codes[0] >= 77).sum()


def test_bits_say_which_sums_of_int8_products_reach_a_rows_and_a_columns_level():
    rng = np.random.default_rng(0)
    b, c = shape = 5, 3 * WIDTH
    # Whole numbers so small that float32 rounds none of their products and sums.
    sums = rng.integers(-(2**12), 2**12, shape).astype(np.int32)
    single = np.float32
    inverses, raised, residuals, lengths = (rng.integers(1, 64, b).astype(single) for _ in range(4))
    scales, halves, norms, errors = (rng.integers(1, 64, c).astype(single) for _ in range(4))
    values = sums.astype(single) * scales - inverses[:, None] * halves
    most = values + residuals[:, None] * norms + lengths[:, None] * errors
    mine, wanted = most[:, 0].copy(), np.round(values[1] / inverses[1])
    mine[3], wanted[7], wanted[9] = np.inf, np.inf, -np.inf
    rows = RowLevels(mine, inverses, raised, residuals, lengths)
    columns = ColumnLevels(scales, halves, wanted, norms, errors)
    by_row, by_column = found_with(sums.ravel(), shape, rows, columns)
    np.testing.assert_array_equal(by_row, most >= mine[:, None])
    np.testing.assert_array_equal(by_column, most >= inverses[:, None] * wanted + raised[:, None])
    assert by_row.any(axis=1).sum() == b - 1
    assert not by_row[3].any()
    assert not by_column[:, 7].any()
    assert by_column[:, 9].all()
    codes = np.empty(shape, np.int16)
    ordered(sums.ravel(), c, rows, columns, codes)
    below = torch.from_numpy(ordered_codes(codes)).view(torch.bfloat16).float().numpy()
    assert (below <= values).all()
    assert (values - below <= 2.0**-7 * np.abs(values)).all()
