"""Triton kernels of the search: multiply and filter, decode, exact sums, ranks.

The same functions run on a GPU and, under TRITON_INTERPRET=1, in Triton's interpreter on a CPU. Offsets into anything
that grows with the product of two sizes are 64 bits wide.
"""
# mypy: ignore-missing-imports, disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator,unused-ignore"

import triton
import triton.language as tl


@triton.jit
def _place(program, row_tiles, column_tiles, GROUP: tl.constexpr):
    """Row and column tile of a program: groups of row tiles walk the columns together."""
    width = GROUP * column_tiles
    first = program // width * GROUP
    height = min(row_tiles - first, GROUP)
    return first + program % width % height, program % width // height


@triton.jit
def _product(left, right, row, column, d, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    """Float32 products of a tile of float16 rows with a tile of float16 columns, shape (BM, BN)."""
    total = tl.zeros((BM, BN), dtype=tl.float32)
    for k in range(0, d, BK):
        total = tl.dot(left.load([row, k]), right.load([column, k]).T, total)
    return total


@triton.jit(do_not_specialize=["n_columns"])
def products(left, right, out, n_columns, d, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    """Write the products themselves: what the start-up self-test looks at."""
    row = tl.program_id(0) * BM
    column = tl.program_id(1) * BN
    total = _product(left, right, row, column, d, BM, BN, BK)
    r = (row + tl.arange(0, BM)).to(tl.int64)
    c = column + tl.arange(0, BN)
    tl.store(out + r[:, None] * n_columns + c[None, :], total)


@triton.jit(do_not_specialize=["n_rows", "n_columns", "shift"])
def filter_pairs(
    left,
    right,
    mask,
    row_target,
    row_scale,
    row_half,
    row_error,
    column_target,
    column_scale,
    column_half,
    column_error,
    n_rows,
    n_columns,
    shift,
    d,
    SCALED: tl.constexpr,
    HALVES: tl.constexpr,
    SYMMETRIC: tl.constexpr,
    BM: tl.constexpr,
    BN: tl.constexpr,
    BK: tl.constexpr,
    GROUP: tl.constexpr,
):
    """Write one bit per pair: does its score reach the row's target, or the column's where both sides search?

    `shift` is how far the first row lies behind the first column in a common numbering; tiles that lie wholly below
    the diagonal are left unwritten where both sides search.
    """
    row_tiles = tl.cdiv(n_rows, BM)
    column_tiles = tl.cdiv(n_columns, BN)
    pm, pn = _place(tl.program_id(0), row_tiles, column_tiles, GROUP)
    row = pm * BM
    column = pn * BN
    if SYMMETRIC:
        if column + BN <= row + shift:
            return
    total = _product(left, right, row, column, d, BM, BN, BK)
    r = row + tl.arange(0, BM)
    c = column + tl.arange(0, BN)
    inside = c < n_columns
    needed = tl.load(row_target + r, mask=r < n_rows, other=float("inf"))[:, None]
    if SCALED:
        needed = needed * tl.load(column_scale + c, mask=inside, other=1.0)[None, :]
    if HALVES:
        half = tl.load(column_half + c, mask=inside, other=0.0)[None, :]
        if SCALED:
            half = half * tl.load(row_scale + r, mask=r < n_rows, other=1.0)[:, None]
        needed = needed + half
    if SCALED:
        needed = needed - tl.load(row_error + r, mask=r < n_rows, other=0.0)[:, None]
    hit = total >= needed
    if SYMMETRIC:
        wanted = tl.load(column_target + c, mask=inside, other=float("inf"))[None, :]
        if SCALED:
            wanted = wanted * tl.load(row_scale + r, mask=r < n_rows, other=1.0)[:, None]
        if HALVES:
            half = tl.load(row_half + r, mask=r < n_rows, other=0.0)[:, None]
            if SCALED:
                half = half * tl.load(column_scale + c, mask=inside, other=1.0)[None, :]
            wanted = wanted + half
        if SCALED:
            wanted = wanted - tl.load(column_error + c, mask=inside, other=0.0)[None, :]
        hit = hit | (total >= wanted)
    bit = (1 << (tl.arange(0, BN) % 32)).to(tl.int32)
    word = tl.where(hit, bit[None, :], 0)
    # The bits are distinct, so that their sum is their union.
    word = tl.sum(tl.reshape(word, (BM, BN // 32, 32)), 2)
    tile = pm.to(tl.int64) * column_tiles + pn
    at = tl.arange(0, BM)[:, None] * (BN // 32) + tl.arange(0, BN // 32)[None, :]
    tl.store(mask + tile * (BM * (BN // 32)) + at, word)


@triton.jit(do_not_specialize=["n_rows", "n_columns"])
def group_maxima(
    left,
    right,
    out,
    row_scale,
    row_error,
    column_scale,
    column_half,
    n_rows,
    n_columns,
    d,
    SCALED: tl.constexpr,
    HALVES: tl.constexpr,
    BM: tl.constexpr,
    BN: tl.constexpr,
    BK: tl.constexpr,
    GROUP: tl.constexpr,
):
    """Write the best score of each row among every 32 columns, less the row's error, in the units of its target."""
    column_tiles = tl.cdiv(n_columns, BN)
    pm, pn = _place(tl.program_id(0), tl.cdiv(n_rows, BM), column_tiles, GROUP)
    total = _product(left, right, pm * BM, pn * BN, d, BM, BN, BK)
    r = pm * BM + tl.arange(0, BM)
    c = pn * BN + tl.arange(0, BN)
    inside = c < n_columns
    total = total - tl.load(row_error + r, mask=r < n_rows, other=0.0)[:, None]
    if HALVES:
        half = tl.load(column_half + c, mask=inside, other=0.0)[None, :]
        if SCALED:
            half = half * tl.load(row_scale + r, mask=r < n_rows, other=1.0)[:, None]
        total = total - half
    if SCALED:
        total = total / tl.load(column_scale + c, mask=inside, other=1.0)[None, :]
    total = tl.where(inside[None, :], total, float("-inf"))
    best = tl.max(tl.reshape(total, (BM, BN // 32, 32)), 2)
    groups = column_tiles * (BN // 32)
    g = pn * (BN // 32) + tl.arange(0, BN // 32)
    tl.store(out + r.to(tl.int64)[:, None] * groups + g[None, :], best, mask=r[:, None] < n_rows)


@triton.jit
def _ones(word):
    """How many bits of each word are set."""
    word = word - ((word >> 1) & 0x55555555)
    word = (word & 0x33333333) + ((word >> 2) & 0x33333333)
    word = (word + (word >> 4)) & 0x0F0F0F0F
    # Adding the four bytes without a multiplication, whose overflow would be a signed one.
    word = word + (word >> 8)
    return (word + (word >> 16)) & 0x3F


@triton.jit
def _low_bits(count):
    """Words whose lowest `count` bits are set, for counts of any size."""
    count = tl.minimum(tl.maximum(count, 0), 32)
    some = (tl.full(count.shape, 1, tl.int64) << count.to(tl.int64)) - 1
    return some.to(tl.uint32).to(tl.int32, bitcast=True)


@triton.jit
def _words(
    mask,
    tile,
    column_tiles,
    n_rows,
    n_columns,
    shift,
    SYMMETRIC: tl.constexpr,
    BM: tl.constexpr,
    BN: tl.constexpr,
):
    """The words of one tile without what lies outside or below the diagonal, and each word's row and first column."""
    at = tl.arange(0, BM * BN // 32)
    row = (tile // column_tiles * BM).to(tl.int32) + at // (BN // 32)
    column = (tile % column_tiles * BN).to(tl.int32) + at % (BN // 32) * 32
    word = tl.load(mask + tile * (BM * (BN // 32)) + at)
    word = tl.where(row < n_rows, word, 0) & _low_bits(n_columns - column)
    if SYMMETRIC:
        word = word & ~_low_bits(row + shift - column)
    return word, row, column


@triton.jit(do_not_specialize=["column_tiles", "n_rows", "n_columns", "shift"])
def count_pairs(
    mask,
    counts,
    column_tiles,
    n_rows,
    n_columns,
    shift,
    SYMMETRIC: tl.constexpr,
    BM: tl.constexpr,
    BN: tl.constexpr,
):
    """Write how many pairs each tile holds."""
    tile = tl.program_id(0).to(tl.int64)
    word, _, _ = _words(mask, tile, column_tiles, n_rows, n_columns, shift, SYMMETRIC, BM, BN)
    tl.store(counts + tile, tl.sum(_ones(word), 0))


@triton.jit(do_not_specialize=["first_tile", "column_tiles", "n_rows", "n_columns", "shift"])
def write_pairs(
    mask,
    starts,
    rows,
    columns,
    first_tile,
    column_tiles,
    n_rows,
    n_columns,
    shift,
    SYMMETRIC: tl.constexpr,
    BM: tl.constexpr,
    BN: tl.constexpr,
):
    """Write the pairs of each tile, from `starts[tile] - starts[first_tile]` on."""
    tile = tl.program_id(0).to(tl.int64) + first_tile
    begin = tl.load(starts + tile)
    if tl.load(starts + tile + 1) == begin:
        return
    word, row, column = _words(mask, tile, column_tiles, n_rows, n_columns, shift, SYMMETRIC, BM, BN)
    ones = _ones(word)
    at = begin - tl.load(starts + first_tile) + tl.cumsum(ones, 0) - ones
    left = tl.max(ones, 0)
    while left > 0:
        full = word != 0
        lowest = word & (0 - word)
        tl.store(rows + at, row, mask=full)
        tl.store(columns + at, column + _ones(lowest - 1), mask=full)
        at += full.to(tl.int64)
        word = word & (word - 1)
        left -= 1


@triton.jit
def _wide(values, NARROW: tl.constexpr):
    return values.to(tl.float32).to(tl.float64) if NARROW else values.to(tl.float64)


@triton.jit(do_not_specialize=["count"])
def pair_sums(
    left,
    right,
    left_rows,
    right_rows,
    sums,
    count,
    d,
    left_stride,
    right_stride,
    DISTANCE: tl.constexpr,
    NARROW: tl.constexpr,
    PAIRS: tl.constexpr,
):
    """Write each pair's sum of products, or of squared differences: float64, sixteen lanes and then a tree.

    To be compiled without fused multiplication and addition, which would round squared differences otherwise than
    the definition does.
    """
    pair = tl.program_id(0).to(tl.int64) * PAIRS + tl.arange(0, PAIRS)
    inside = pair < count
    x = left + tl.load(left_rows + pair, mask=inside, other=0).to(tl.int64)[:, None] * left_stride
    y = right + tl.load(right_rows + pair, mask=inside, other=0).to(tl.int64)[:, None] * right_stride
    lane = tl.arange(0, 16)[None, :]
    lanes = tl.zeros((PAIRS, 16), dtype=tl.float64)
    for k in range(0, d, 16):
        there = inside[:, None] & (k + lane < d)
        a = _wide(tl.load(x + k + lane, mask=there, other=0), NARROW)
        b = _wide(tl.load(y + k + lane, mask=there, other=0), NARROW)
        if DISTANCE:
            a = a - b
            b = a
        lanes = lanes + a * b
    lanes = tl.sum(tl.reshape(lanes, (PAIRS, 2, 8)), 1)
    lanes = tl.sum(tl.reshape(lanes, (PAIRS, 2, 4)), 1)
    lanes = tl.sum(tl.reshape(lanes, (PAIRS, 2, 2)), 1)
    tl.store(sums + pair, tl.sum(lanes, 1), mask=inside)


@triton.jit(do_not_specialize=["n_rows"])
def segment_ranks(starts, positions, scores, ranks, n_rows, ROWS: tl.constexpr, LONGEST: tl.constexpr):
    """Write each entry's rank within its row: how many score more, or as much at a smaller position.

    Rows with more than LONGEST entries are passed over.
    """
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    inside = row < n_rows
    begin = tl.load(starts + row, mask=inside, other=0)
    length = (tl.load(starts + row + 1, mask=inside, other=0) - begin).to(tl.int32)
    length = tl.where(length > LONGEST, 0, length)
    entry = tl.arange(0, LONGEST)[None, :]
    mine = begin[:, None] + entry
    full = entry < length[:, None]
    score = tl.load(scores + mine, mask=full, other=float("-inf"))
    position = tl.load(positions + mine, mask=full, other=0)
    rank = tl.zeros((ROWS, LONGEST), dtype=tl.int32)
    for other in range(tl.max(length, 0)):
        exists = other < length
        their_score = tl.load(scores + begin + other, mask=exists, other=float("-inf"))[:, None]
        their_position = tl.load(positions + begin + other, mask=exists, other=0)[:, None]
        before = (their_score > score) | ((their_score == score) & (their_position < position))
        rank += (before & exists[:, None]).to(tl.int32)
    tl.store(ranks + mine, rank, mask=full)
