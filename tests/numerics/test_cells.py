import pytest
import torch

from embdrift.errors import InputError
from embdrift.numerics import (
    Arithmetic,
    Cell,
    QueryFormat,
    RescoreWith,
    arithmetic_flags,
    cell_name,
    check_ladder,
    default_ladder,
    fidelity,
    is_labelled,
)
from number_formats import cell


def test_names_say_what_differs_from_float32():
    assert cell_name(Cell()) == "float32"
    assert cell_name(cell("bfloat16", "float64", "bfloat16")) == "bfloat16, float64 arithmetic, bfloat16 scores"
    assert cell_name(cell("int8_dimension_affine", "codes")) == "int8_dimension_affine, raw codes"
    assert cell_name(cell("binary", "codes", rescore=4)) == "binary, rescored x4"
    given = cell("binary", query=QueryFormat.given, rescore=4, rescore_with=RescoreWith.codes)
    assert cell_name(given) == "binary, queries as given, rescored x4 with codes"
    assert cell_name(Cell(name="mine")) == "mine"


def test_the_default_ladder_holds_together():
    check_ladder(default_ladder())


@pytest.mark.parametrize(
    ("ladder", "message"),
    [
        ([], "ladder is empty"),
        ([Cell(), Cell()], "2 cells called 'float32'"),
        ([cell("float16", "codes")], "only int8, int4 and binary storage has codes"),
        ([cell("binary", "codes", rescore=0)], "rescore must be at least 1, got 0"),
    ],
)
def test_a_ladder_that_does_not_hold_together_is_refused(ladder, message):
    with pytest.raises(InputError, match=message):
        check_ladder(ladder)


def test_raw_codes_and_bits_are_another_metric():
    assert not is_labelled(cell("int8_vector_symmetric", "codes"))
    assert not is_labelled(cell("binary"))
    assert is_labelled(cell("int8_vector_symmetric"))


def test_what_is_emulated_is_said():
    assert fidelity(Cell(), cuda=False).value == "native"
    assert fidelity(cell(arithmetic="tf32"), cuda=False).value == "emulated"
    assert fidelity(cell(arithmetic="tf32"), cuda=True).value == "native"
    assert fidelity(cell("binary", "codes"), cuda=False).value == "exact"


def switches():
    gpu, cpu = torch.backends.cuda.matmul, torch.backends.mkldnn.matmul
    return (
        gpu.fp32_precision,
        cpu.fp32_precision,
        gpu.allow_fp16_reduced_precision_reduction,
        gpu.allow_bf16_reduced_precision_reduction,
        gpu.allow_fp16_accumulation,
    )


@pytest.mark.parametrize("arithmetic", list(Arithmetic))
def test_flags_are_set_for_the_cell_and_put_back_even_after_an_error(arithmetic):
    before, inside = switches(), []

    def fail():
        with arithmetic_flags(arithmetic):
            inside.append(switches())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert switches() == before
    assert inside[0] == (
        "tf32" if arithmetic is Arithmetic.tf32 else "ieee",
        "ieee",
        False,
        False,
        arithmetic is Arithmetic.float16_accumulate,
    )
