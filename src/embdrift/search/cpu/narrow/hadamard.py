"""The steps of turning sixteen vectors side by side, each one vector instruction or two.

The obvious loops over sixteen numbers compile to checks of whether rows of one array overlap, and scalar code behind.
"""
# ruff: noqa: PLR0917 (compiled functions take their arguments by position)

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

TOGETHER = 16
"""Vectors turned side by side: arrays hold a component of each in a row."""

_FLOATS = ir.VectorType(ir.FloatType(), TOGETHER)
_PLACES = ir.VectorType(ir.IntType(32), TOGETHER)


@intrinsic  # type: ignore[untyped-decorator]
def add_and_subtract(typing_context: Any, array: Any, one: Any, other: Any) -> Any:
    """Row `one` of a float32 array, sixteen wide, becomes its sum with row `other`, which becomes the difference."""
    if not _sixteen_wide(array):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        places = [_row(context, builder, signature.args[0], arguments[0], at) for at in arguments[1:]]
        left, right = (_load(builder, place) for place in places)
        builder.store(builder.fadd(left, right), places[0]).align = 4
        builder.store(builder.fsub(left, right), places[1]).align = 4
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def move(typing_context: Any, source: Any, begin: Any, target: Any, end: Any, sign: Any) -> Any:
    """Row `end` of a target becomes row `begin` of a source times a number; both float32, of sixteen columns."""
    if not (_sixteen_wide(source) and _sixteen_wide(target)):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        come_from = _row(context, builder, signature.args[0], arguments[0], arguments[1])
        goes_to = _row(context, builder, signature.args[2], arguments[2], arguments[3])
        first = builder.insert_element(ir.Constant(_FLOATS, ir.Undefined), arguments[4], ir.Constant(ir.IntType(32), 0))
        factor = builder.shuffle_vector(first, first, ir.Constant(_PLACES, [0] * TOGETHER))
        builder.store(builder.fmul(_load(builder, come_from), factor), goes_to).align = 4
        return context.get_dummy_value()

    return types.void(source, types.int64, target, types.int64, types.float32), generate


def _sixteen_wide(array: Any) -> bool:
    plain = isinstance(array, types.Array) and array.ndim == 2 and array.layout == "C"
    return bool(plain and array.dtype == types.float32)


def _row(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    first = builder.mul(at, ir.Constant(at.type, TOGETHER))
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [first]), _FLOATS.as_pointer())


def _load(builder: Any, place: Any) -> Any:
    value = builder.load(place)
    value.align = 4
    return value
