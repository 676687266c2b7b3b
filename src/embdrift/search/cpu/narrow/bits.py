"""Thirty-two screened scores at a time: which reach a threshold, as one word with a bit for each.

The obvious loop branches at every score and is ten times slower. A bfloat16 score is handled as its ordered code, an
integer that sorts like it. A sum I of int8 products stands for the score s_i s_j I - h_i - h_j, which may be short of
the exact one by e = r_i n_j + p_i g_j; with w = s_j I - h_j / s_i and u = w + e / s_i, the pair may reach the threshold
of row i where u >= (t_i + h_i) / s_i, and that of column j where u >= t_j / s_i + h_i / s_i. All that is computed in
float32, which the bound on the error of a score allows for.
"""
# ruff: noqa: PLR0917 (compiled functions take their arguments by position)

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from embdrift.search.cpu.narrow.thresholds import WIDTH

_SHORT, _INT, _FLOAT = ir.IntType(16), ir.IntType(32), ir.FloatType()
_CODES, _SUMS, _FLOATS = (ir.VectorType(kind, WIDTH) for kind in (_SHORT, _INT, _FLOAT))
_PLACES = ir.VectorType(_INT, WIDTH)

Words = Callable[[Any, int, Any, int, Any, int], Any]


@dataclass(frozen=True)
class _Scores:
    """Thirty-two scores of a row, with what the compiler knows of the row and the columns."""

    context: Any
    builder: Any
    signature: Any
    arguments: Any

    @property
    def narrow(self) -> bool:
        """Whether these are bfloat16 scores."""
        return bool(self.signature.args[0].dtype == types.int16)

    def codes(self) -> Any:
        """Ordered codes of bfloat16 scores."""
        return _ordered(self.builder, self._scores(_CODES), 15, _CODES)

    def values(self) -> Any:
        """What sums of int8 products come to, in units of the row's scale: w above."""
        sums = self.builder.sitofp(self._scores(_SUMS), _FLOATS)
        return self._more(self._nothing_but_halves(), sums, self.of_columns(0))

    def most(self) -> Any:
        """What they may come to at most: u above."""
        return self._more(
            self._more(self.values(), self.of_row(3), self.of_columns(3)), self.of_row(4), self.of_columns(4)
        )

    def wanted(self) -> Any:
        """What the most must reach for the columns."""
        return self._more(self.of_row(2), self.of_row(1), self.of_columns(2))

    def _nothing_but_halves(self) -> Any:
        return self.builder.fneg(self.builder.fmul(self.of_row(1), self.of_columns(1)))

    def _more(self, base: Any, left: Any, right: Any) -> Any:
        """`base + left * right`, in one step where the processor can."""
        product = self.builder.fmul(left, right, flags=["contract"])
        return self.builder.fadd(base, product, flags=["contract"])

    def of_row(self, member: int) -> Any:
        """A number of the row, thirty-two times."""
        array, kind = self._member(2, member)
        place = self.builder.gep(array.data, [self.arguments[3]])
        return _splat(self.builder, self.builder.load(place), kind)

    def of_columns(self, member: int) -> Any:
        """The numbers of the columns."""
        array, kind = self._member(4, member)
        return _load(self.builder, array.data, self.arguments[5], kind)

    def _member(self, argument: int, member: int) -> tuple[Any, Any]:
        bar = self.signature.args[argument]
        value = self.builder.extract_value(self.arguments[argument], member)
        kind = _CODES if bar.types[member].dtype == types.int16 else _FLOATS
        return self.context.make_array(bar.types[member])(self.context, self.builder, value), kind

    def _scores(self, kind: Any) -> Any:
        array = self.context.make_array(self.signature.args[0])(self.context, self.builder, self.arguments[0])
        return _load(self.builder, array.data, self.arguments[1], kind)


def _words(reached: Callable[[_Scores], Any]) -> Words:
    @intrinsic  # type: ignore[untyped-decorator]
    def words(typing_context: Any, flat: Any, at: Any, rows: Any, row: Any, columns: Any, group: Any) -> Any:
        if not _scored(flat):
            return None

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.bitcast(reached(_Scores(context, builder, signature, arguments)), _INT)

        return types.uint32(flat, types.int64, rows, types.int64, columns, types.int64), generate

    made: Words = words
    return made


def _rows_reached(scores: _Scores) -> Any:
    if scores.narrow:
        return scores.builder.icmp_signed(">=", scores.codes(), scores.of_row(0))
    return scores.builder.fcmp_ordered(">=", scores.most(), scores.of_row(0))


def _columns_reached(scores: _Scores) -> Any:
    if scores.narrow:
        return scores.builder.icmp_signed(">=", scores.codes(), scores.of_columns(0))
    return scores.builder.fcmp_ordered(">=", scores.most(), scores.wanted())


reaches_row = _words(_rows_reached)
"""`reaches_row(flat, at, rows, row, columns, group)`: bit l is set where score `flat[at + l]` reaches the row's bar.

`flat` holds bfloat16 bits (int16) or sums of int8 products (int32) of a row with columns `group`, `group + 1`, …, and
thirty-two numbers more; `rows` and `columns` are their bars.
"""

reaches_column = _words(_columns_reached)
"""The same, set where the score reaches the column's bar."""


@intrinsic  # type: ignore[untyped-decorator]
def store_ordered(
    typing_context: Any, flat: Any, at: Any, rows: Any, row: Any, columns: Any, group: Any, target: Any, to: Any
) -> Any:
    """Write thirty-two scores as ordered codes to `target[to]` and after; sums of int8 products in the row's units."""
    if not _scored(flat):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        scores = _Scores(context, builder, signature, arguments)
        if scores.narrow:
            codes = scores.codes()
        else:
            codes = builder.trunc(_below(builder, builder.bitcast(scores.values(), _SUMS)), _CODES)
        array = context.make_array(signature.args[6])(context, builder, arguments[6])
        place = builder.bitcast(builder.gep(array.data, [arguments[7]]), _CODES.as_pointer())
        builder.store(codes, place).align = 2
        return context.get_dummy_value()

    integer = types.int64
    return types.void(flat, integer, rows, integer, columns, integer, target, integer), generate


@intrinsic  # type: ignore[untyped-decorator]
def count_reached(typing_context: Any, codes: Any, at: Any, threshold: Any) -> Any:
    """How many of thirty-two ordered codes from `codes[at]` on reach a threshold."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        scores = _load(builder, array.data, arguments[1], _CODES)
        wanted = _splat(builder, arguments[2], _CODES)
        word = builder.bitcast(builder.icmp_signed(">=", scores, wanted), _INT)
        return builder.zext(builder.ctpop(word), ir.IntType(64))

    return types.int64(codes, types.int64, types.int16), generate


@intrinsic  # type: ignore[untyped-decorator]
def lowest_bit(typing_context: Any, word: Any) -> Any:
    """The place of the lowest bit that is set; the word must not be zero."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.zext(builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1)), ir.IntType(64))

    return types.int64(types.uint32), generate


def _scored(array: Any) -> bool:
    contiguous = isinstance(array, types.Array) and array.ndim == 1 and array.layout == "C"
    return bool(contiguous and array.dtype in (types.int16, types.int32))


def _load(builder: Any, data: Any, at: Any, kind: Any) -> Any:
    value = builder.load(builder.bitcast(builder.gep(data, [at]), kind.as_pointer()))
    value.align = 2 if kind == _CODES else 4
    return value


def _splat(builder: Any, value: Any, kind: Any) -> Any:
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(_INT, 0))
    return builder.shuffle_vector(first, first, ir.Constant(_PLACES, [0] * WIDTH))


def _below(builder: Any, bits: Any) -> Any:
    """Ordered codes of the largest bfloat16 numbers that do not exceed float32 numbers, given as their bits."""
    ordered = _ordered(builder, bits, 31, _SUMS)
    signs = builder.ashr(ordered, ir.Constant(_SUMS, [31] * WIDTH))
    # The lower half of a bfloat16 number's code is all zeros, or all ones below zero.
    upper = builder.ashr(builder.sub(ordered, signs), ir.Constant(_SUMS, [16] * WIDTH))
    return builder.add(upper, signs)


def _ordered(builder: Any, bits: Any, sign: int, kind: Any) -> Any:
    signs = builder.ashr(bits, ir.Constant(kind, [sign] * WIDTH))
    return builder.xor(bits, builder.and_(signs, ir.Constant(kind, [(1 << sign) - 1] * WIDTH)))
