"""Sixteen running sums at once, as vector instructions: the inner loop of every exact score.

The obvious loop compiles to scalar code that is five times slower. Here it is written as LLVM vectors of sixteen
doubles, multiplied and then added without contraction, so that the bytes are those of the obvious loop.

The defined sums of one row with several others at once, as vector instructions.

The row comes widened to float64 and filled up with zeros to a whole number of lanes; the others are read where they
stand. Lanes are multiplied, then added without contraction, and folded in the order that `kernels.dot` folds them, so
that the bytes are the same: a zero that fills up adds a positive zero, which changes no sum.
"""

# ruff: noqa: PLR0917 (compiled functions take their arguments by position)

from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from embdrift.search.soundness import LANES

_WIDE = ir.VectorType(ir.DoubleType(), LANES)

LaneSums = Callable[[Any, Any, int, Any], None]


def _lane_sums(*, squared_difference: bool) -> LaneSums:
    @intrinsic  # type: ignore[untyped-decorator]
    def lane_sums(typing_context: Any, x: Any, y: Any, whole: Any, lanes: Any) -> Any:
        if not (_usable(x) and _usable(y) and _usable(lanes)):
            return None

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            left, right, target = (
                context.make_array(signature.args[at])(context, builder, arguments[at]) for at in (0, 1, 3)
            )
            total = cgutils.alloca_once_value(builder, ir.Constant(_WIDE, [0.0] * LANES))
            count = arguments[2]
            first, step = ir.Constant(count.type, 0), ir.Constant(count.type, LANES)
            with cgutils.for_range_slice(builder, first, count, step) as (at, _):
                a = _load(builder, left, signature.args[0].dtype, at)
                b = _load(builder, right, signature.args[1].dtype, at)
                if squared_difference:
                    a = b = builder.fsub(a, b)
                builder.store(builder.fadd(builder.load(total), builder.fmul(a, b)), total)
            place = builder.bitcast(target.data, _WIDE.as_pointer())
            builder.store(builder.load(total), place).align = 8
            return context.get_dummy_value()

        return types.void(x, y, types.int64, lanes), generate

    kernel: LaneSums = lane_sums
    return kernel


def _usable(array: Any) -> bool:
    plain = isinstance(array, types.Array) and array.ndim == 1 and array.layout == "C"
    return plain and array.dtype in (types.float32, types.float64)


def _load(builder: Any, array: Any, dtype: Any, at: Any) -> Any:
    narrow, size = (ir.FloatType(), 4) if dtype == types.float32 else (ir.DoubleType(), 8)
    value = builder.load(builder.bitcast(builder.gep(array.data, [at]), ir.VectorType(narrow, LANES).as_pointer()))
    value.align = size
    return builder.fpext(value, _WIDE) if dtype == types.float32 else value


product_lanes = _lane_sums(squared_difference=False)
"""`product_lanes(x, y, whole, lanes)`: lanes[l] becomes the sum, in order, of x[t] y[t] with t < whole, t % 16 == l."""

difference_lanes = _lane_sums(squared_difference=True)
"""The same for squared differences."""


_WORD = ir.IntType(64)

PairSums = Callable[[Any, Any, Any, int, Any], None]


def _pair_sums(count: int, *, squared_difference: bool) -> PairSums:
    @intrinsic  # type: ignore[untyped-decorator]
    def pair_sums(typing_context: Any, x: Any, others: Any, chosen: Any, at: Any, sums: Any) -> Any:
        if not (_plain(x, 1) and _plain(others, 2) and _plain(sums, 1)):
            return None

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            def array(which: int) -> Any:
                return context.make_array(signature.args[which])(context, builder, arguments[which])

            others_type, rows, first = signature.args[1], array(1), arguments[3]
            d = cgutils.unpack_tuple(builder, rows.shape, 2)[1]
            starts = []
            for step in range(count):
                place = builder.gep(array(2).data, [builder.add(first, ir.Constant(_WORD, step))])
                starts.append(builder.gep(rows.data, [builder.mul(builder.load(place), d)]))
            totals = [cgutils.alloca_once_value(builder, ir.Constant(_WIDE, [0.0] * LANES)) for _ in starts]

            def add(at: Any, mask: Any) -> None:
                left = _load_some(builder, builder.gep(array(0).data, [at]), types.float64, None)
                for start, total in zip(starts, totals, strict=True):
                    a, b = left, _load_some(builder, builder.gep(start, [at]), others_type.dtype, mask)
                    if squared_difference:
                        a = b = builder.fsub(a, b)
                    builder.store(builder.fadd(builder.load(total), builder.fmul(a, b)), total)

            lanes = ir.Constant(_WORD, LANES)
            rest = builder.urem(d, lanes)
            whole = builder.sub(d, rest)
            with cgutils.for_range_slice(builder, ir.Constant(_WORD, 0), whole, lanes) as (lane, _):
                add(lane, None)
            with builder.if_then(builder.icmp_unsigned(">", rest, ir.Constant(_WORD, 0))):
                add(whole, _first(builder, rest))
            for step, total in enumerate(totals):
                place = builder.gep(array(4).data, [builder.add(first, ir.Constant(_WORD, step))])
                builder.store(_fold(builder, builder.load(total)), place)
            return context.get_dummy_value()

        return types.void(x, others, chosen, types.int64, sums), generate

    kernel: PairSums = pair_sums
    return kernel


def _plain(array: Any, ndim: int) -> bool:
    plain = isinstance(array, types.Array) and array.ndim == ndim and array.layout == "C"
    return plain and array.dtype in (types.float32, types.float64)


def _load_some(builder: Any, place: Any, dtype: Any, mask: Any) -> Any:
    narrow, size = (ir.FloatType(), 4) if dtype == types.float32 else (ir.DoubleType(), 8)
    kind = ir.VectorType(narrow, LANES)
    pointer = builder.bitcast(place, kind.as_pointer())
    if mask is None:
        value = builder.load(pointer)
        value.align = size
    else:
        value = _masked_load(builder, pointer, kind, size, mask)
    return builder.fpext(value, _WIDE) if dtype == types.float32 else value


def _masked_load(builder: Any, pointer: Any, kind: Any, size: int, mask: Any) -> Any:
    name = f"llvm.masked.load.v{LANES}f{size * 8}.p0v{LANES}f{size * 8}"
    parts = [pointer.type, ir.IntType(32), mask.type, kind]
    load = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, parts), name)
    zeros = ir.Constant(kind, [0.0] * LANES)
    return builder.call(load, [pointer, ir.Constant(ir.IntType(32), size), mask, zeros])


def _first(builder: Any, count: Any) -> Any:
    """A mask of so many of the first lanes."""
    kind = ir.VectorType(_WORD, LANES)
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), count, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    every = builder.shuffle_vector(one, one, zeros)
    return builder.icmp_unsigned("<", ir.Constant(kind, list(range(LANES))), every)


def _fold(builder: Any, lanes: Any) -> Any:
    width = LANES
    while width > 1:
        width //= 2
        index = ir.VectorType(ir.IntType(32), width)
        low = builder.shuffle_vector(lanes, lanes, ir.Constant(index, list(range(width))))
        high = builder.shuffle_vector(lanes, lanes, ir.Constant(index, list(range(width, 2 * width))))
        lanes = builder.fadd(low, high)
    return builder.extract_element(lanes, ir.Constant(ir.IntType(32), 0))


four_products = _pair_sums(4, squared_difference=False)
"""`four_products(x, others, chosen, at, sums)`: sums[at + s] becomes that of products with others[chosen[at + s]]."""

one_product = _pair_sums(1, squared_difference=False)
"""The same for one row."""

four_distances = _pair_sums(4, squared_difference=True)
"""The same as `four_products`, of squared differences."""

one_distance = _pair_sums(1, squared_difference=True)
"""The same for one row."""


@intrinsic  # type: ignore[untyped-decorator]
def prefetch(typing_context: Any, array: Any, row: Any, column: Any) -> Any:
    """Ask for `array[row, column]` to be brought near, to be written; the place must exist."""
    if not (isinstance(array, types.Array) and array.ndim == 2 and array.layout == "C"):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        matrix = context.make_array(signature.args[0])(context, builder, arguments[0])
        width = cgutils.unpack_tuple(builder, matrix.shape, 2)[1]
        at = builder.add(builder.mul(arguments[1], width), arguments[2])
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        place = builder.bitcast(builder.gep(matrix.data, [at]), byte)
        builder.call(fetch, [place, ir.Constant(word, 1), ir.Constant(word, 3), ir.Constant(word, 1)])
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64), generate
