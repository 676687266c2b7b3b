"""Sixteen running sums at once, as vector instructions: the inner loop of every exact score.

The obvious loop compiles to scalar code that is five times slower. Here it is written as LLVM vectors of sixteen
doubles, multiplied and then added without contraction, so that the bytes are those of the obvious loop.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16
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
