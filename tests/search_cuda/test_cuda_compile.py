"""The kernels as machine code for an H100, made and read without one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cuda_cases import interpreter

interpreter()

from embdrift.search.cuda.tiles import CONFIGURATIONS, SMALL, SPARE, WIDE  # noqa: E402 (after the skip above)

HERE = Path(__file__).parent
# Threads that one multiprocessor of an H100 gives registers to, and what is left of its shared memory.
REGISTERS, SHARED = 65536, 232448


def run(program, *arguments):
    """What a program beside this file prints, where Triton compiles."""
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, str(HERE / program), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def compiled(*orders):
    """What the compiler made of some kernels."""
    return json.loads(run("compiling.py", json.dumps(orders)))


def multiplying(kernel, tiles, **constants):
    """The order for a kernel that multiplies, in one configuration."""
    descriptors = {
        "left": f"tensordesc<fp16[{tiles.rows},{tiles.depth}]>",
        "right": f"tensordesc<fp16[{tiles.columns},{tiles.depth}]>",
    }
    options = {"num_warps": tiles.warps, "num_stages": tiles.stages}
    shape = {"BM": tiles.rows, "BN": tiles.columns, "BK": tiles.depth}
    if kernel != "products":
        shape["GROUP"] = tiles.group
    return {"kernel": kernel, "descriptors": descriptors, "options": options} | shape | constants


def assert_no_spills(result):
    assert result["stack"] == 0
    assert not {"STL", "LDL"} & set(result["operations"])


def assert_fast(result, tiles):
    """Tensor cores fed by bulk loads, nothing spilled, and small enough to run."""
    assert result["operations"].get("HGMMA", 0) > 0
    assert result["operations"].get("UTMALDG", 0) > 0
    assert not {"HMMA", "FFMA"} & set(result["operations"]), "float32 arithmetic per product"
    assert_no_spills(result)
    assert result["registers"] * tiles.warps * 32 <= REGISTERS
    assert result["shared"] <= SHARED


def test_the_filter_uses_tensor_cores_and_spills_nothing_in_every_configuration():
    plain = {"SCALED": False, "HALVES": False}
    cases = [(tiles, symmetric) for tiles in CONFIGURATIONS for symmetric in (True, False)]
    orders = [multiplying("filter_pairs", tiles, SYMMETRIC=symmetric, **plain) for tiles, symmetric in cases]
    for (tiles, symmetric), result in zip(cases, compiled(*orders), strict=True):
        assert_fast(result, tiles)
        if tiles == WIDE:
            # The whole program, 500 instructions before and around the loop included, by thread and pair.
            per_pair = result["total"] * tiles.warps * 32 / (tiles.rows * tiles.columns)
            assert per_pair < (10 if symmetric else 8)


def test_two_programs_of_the_small_configuration_fit_on_a_multiprocessor():
    (result,) = compiled(multiplying("filter_pairs", SMALL, SCALED=False, HALVES=False, SYMMETRIC=True))
    assert 2 * result["registers"] * SMALL.warps * 32 <= REGISTERS
    assert 2 * result["shared"] <= SHARED


@pytest.mark.parametrize("symmetric", [True, False])
def test_half_norms_and_units_of_each_row_spill_nothing(symmetric):
    halves = {"SCALED": False, "HALVES": True, "SYMMETRIC": symmetric}
    cases = [(tiles, halves) for tiles in (SMALL, WIDE)]
    cases += [(SPARE, {"SCALED": True, "HALVES": other, "SYMMETRIC": symmetric}) for other in (False, True)]
    for (tiles, _), result in zip(
        cases, compiled(*(multiplying("filter_pairs", t, **c) for t, c in cases)), strict=True
    ):
        assert result["operations"].get("HGMMA", 0) > 0
        assert_no_spills(result)
        assert result["registers"] * tiles.warps * 32 <= REGISTERS


def test_the_other_kernels_compile_without_spills():
    maxima = [multiplying("group_maxima", tiles, SCALED=False, HALVES=False) for tiles in (SMALL, WIDE)]
    scaled = multiplying("group_maxima", SPARE, SCALED=True, HALVES=True)
    decoding = [
        {"kernel": kernel, "SYMMETRIC": True, "BM": 128, "BN": 256, "options": {"num_warps": 4}}
        for kernel in ("count_pairs", "write_pairs")
    ]
    ranking = {"kernel": "segment_ranks", "ROWS": 4, "LONGEST": 256, "options": {"num_warps": 4}}
    for result in compiled(*maxima, scaled, multiplying("products", WIDE), *decoding, ranking):
        assert_no_spills(result)


def test_exact_sums_use_no_fused_multiplication_and_addition():
    orders = [
        {
            "kernel": "pair_sums",
            "types": {"left": f"*{dtype}", "right": f"*{dtype}"},
            "options": {"num_warps": 4, "enable_fp_fusion": False},
            "DISTANCE": distance,
            "NARROW": dtype != "fp64",
            "PAIRS": 16,
        }
        for distance in (True, False)
        for dtype in ("fp32", "fp64", "fp16", "bf16", "i8", "u8")
    ]
    for result in compiled(*orders):
        assert_no_spills(result)
        assert result["operations"].get("DFMA", 0) == 0
        assert result["operations"]["DMUL"] > 0
        assert result["operations"]["DADD"] > 0


def test_every_launch_fits_its_kernel():
    done = run("launching.py")
    launched = set(json.loads(done))
    assert launched == {
        "products",
        "filter_pairs",
        "group_maxima",
        "count_pairs",
        "write_pairs",
        "pair_sums",
        "segment_ranks",
    }
