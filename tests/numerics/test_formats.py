import math
import struct

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from embdrift.numerics import FLOATS, KeptFormat, rounded, to_tf32, ulp
from embdrift.numerics.arithmetic import keep_

finite32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


def tf32_oracle(value):
    """Eleven significant bits, ties away from zero, from the bits of the number."""
    bits = struct.unpack("<I", struct.pack("<f", value))[0]
    return struct.unpack("<f", struct.pack("<I", (bits + (1 << 12)) & 0xFFFFE000 & 0xFFFFFFFF))[0]


@given(finite32)
@settings(max_examples=200, deadline=None)
def test_tf32_keeps_ten_stored_bits_and_rounds_ties_away(value):
    found = float(to_tf32(torch.tensor([value], dtype=torch.float32))[0])
    assert found == tf32_oracle(value)


@given(st.floats(-60000, 60000, width=32))
@settings(max_examples=100, deadline=None)
def test_float16_is_numpys_float16(value):
    assert float(rounded(torch.tensor([value]), "float16")[0]) == float(np.float32(value).astype(np.float16))


@pytest.mark.parametrize("name", [name for name in FLOATS if name not in ("float64",)])
@given(st.floats(-400, 400, width=32))
@settings(max_examples=60, deadline=None)
def test_one_rounding_stays_within_the_unit_roundoff(name, value):
    off = abs(float(rounded(torch.tensor([value]), name)[0]) - value)
    assert off <= FLOATS[name].unit * abs(value) + FLOATS[name].tiny


@pytest.mark.parametrize("name", list(FLOATS))
def test_rounding_twice_is_rounding_once(name):
    values = torch.linspace(-3, 3, 1001)
    once = rounded(values, name)
    assert torch.equal(rounded(once, name), once)


def test_kept_scores_are_rounded_in_the_kept_format():
    scores = torch.tensor([[0.1, 0.2, 0.30001]])
    assert torch.equal(keep_(scores.clone(), KeptFormat.bfloat16), scores.to(torch.bfloat16).float())
    assert torch.equal(keep_(scores.clone(), KeptFormat.float32), scores)
    assert keep_(scores.double(), KeptFormat.float32).dtype == torch.float32


@pytest.mark.parametrize("value", [1.0, 0.99, 1e-3, 3.7, 1e-9])
def test_the_unit_in_the_last_place_is_the_gap_to_the_next_number(value):
    found = float(ulp(torch.tensor([value], dtype=torch.float64), FLOATS["float32"])[0])
    near = np.float32(value)
    assert found == float(np.spacing(near)) or math.isclose(found, float(np.spacing(near)) * 2)
