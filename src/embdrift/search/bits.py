"""Thirty-two bfloat16 scores at a time: which reach a threshold, as one word with a bit for each.

The obvious loop branches at every score and is ten times slower. Scores are handled as ordered codes: integers that
sort like the bfloat16 numbers whose bits they are made of.
"""
# ruff: noqa: PLR0917 (compiled functions take their arguments by position)

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

WIDTH = 32
"""Scores looked at together."""
_SHORT, _WORD = ir.IntType(16), ir.IntType(WIDTH)
_CODES = ir.VectorType(_SHORT, WIDTH)


@intrinsic  # type: ignore[untyped-decorator]
def reached(typing_context: Any, codes: Any, at: Any, threshold: Any, thresholds: Any, other: Any) -> Any:
    """Bit l is set where the ordered code of `codes[at + l]` reaches `threshold` or `thresholds[other + l]`.

    Both arrays are flat int16, and must hold thirty-two numbers from there on.
    """
    if not (_flat(codes) and _flat(thresholds)):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        scores = _ordered(builder, _load(context, builder, signature.args[0], arguments[0], arguments[1]))
        wanted = _load(context, builder, signature.args[3], arguments[3], arguments[4])
        either = builder.or_(
            builder.icmp_signed(">=", scores, _splat(builder, arguments[2])),
            builder.icmp_signed(">=", scores, wanted),
        )
        return builder.bitcast(either, _WORD)

    return types.uint32(codes, types.int64, types.int16, thresholds, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def count_reached(typing_context: Any, codes: Any, at: Any, threshold: Any) -> Any:
    """How many of thirty-two ordered codes from `codes[at]` on reach a threshold."""
    if not _flat(codes):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        scores = _load(context, builder, signature.args[0], arguments[0], arguments[1])
        word = builder.bitcast(builder.icmp_signed(">=", scores, _splat(builder, arguments[2])), _WORD)
        return builder.zext(builder.ctpop(word), ir.IntType(64))

    return types.int64(codes, types.int64, types.int16), generate


@intrinsic  # type: ignore[untyped-decorator]
def store_ordered(typing_context: Any, codes: Any, at: Any, target: Any, to: Any) -> Any:
    """Write the ordered codes of thirty-two scores from `codes[at]` on to `target[to]` and after."""
    if not (_flat(codes) and _flat(target)):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        scores = _ordered(builder, _load(context, builder, signature.args[0], arguments[0], arguments[1]))
        place = _place(context, builder, signature.args[2], arguments[2], arguments[3])
        builder.store(scores, place).align = 2
        return context.get_dummy_value()

    return types.void(codes, types.int64, target, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def lowest_bit(typing_context: Any, word: Any) -> Any:
    """The place of the lowest bit that is set; the word must not be zero."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.zext(builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1)), ir.IntType(64))

    return types.int64(types.uint32), generate


def _flat(array: Any) -> bool:
    contiguous = isinstance(array, types.Array) and array.ndim == 1 and array.layout == "C"
    return bool(contiguous and array.dtype == types.int16)


def _place(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [at]), _CODES.as_pointer())


def _load(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    value = builder.load(_place(context, builder, kind, array, at))
    value.align = 2
    return value


def _splat(builder: Any, value: Any) -> Any:
    first = builder.insert_element(ir.Constant(_CODES, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(first, first, zeros)


def _ordered(builder: Any, codes: Any) -> Any:
    signs = builder.ashr(codes, ir.Constant(_CODES, [15] * WIDTH))
    return builder.xor(codes, builder.and_(signs, ir.Constant(_CODES, [0x7FFF] * WIDTH)))
