import numpy as np
import pytest
import torch
from precision_cases import FLOATS, SCALED

from embdrift.numerics import (
    Slip,
    StorageFormat,
    Verdict,
    fit,
    numeric_change,
    provenance,
    standing_out,
    swapped,
    value_provenance,
)
from number_formats import anisotropic, sphere


def change(a, b):
    rows = np.arange(len(a))
    return numeric_change(a, b, rows, rows)


def noisy(x, size, seed=99):
    aside = torch.from_numpy(np.random.default_rng(seed).standard_normal(x.shape).astype(np.float32))
    return x + size * aside / aside.norm(dim=1, keepdim=True) * x.norm(dim=1, keepdim=True)


def test_equal_sets_are_equal():
    x = sphere(40, 16)
    found = change(x, x.clone())
    assert found.verdict is Verdict.equal
    assert (found.equal_rows, found.equal_values, found.ulps_max) == (1.0, 1.0, 0.0)


def test_small_even_changes_are_numeric_scale():
    x = sphere(400, 64)
    found = change(x, noisy(x, 0.01))
    assert found.verdict is Verdict.numeric_scale
    assert found.median == pytest.approx(0.01, rel=1e-3)
    assert not len(found.standing_out)


def test_large_changes_are_not():
    x = sphere(400, 64)
    assert change(x, noisy(x, 0.021)).verdict is Verdict.not_numeric


def test_a_change_that_is_tiny_on_average_does_not_pass_when_items_stand_out():
    x = sphere(400, 64)
    y = noisy(x, 0.002)
    y[[7, 30]] = noisy(x, 0.3, seed=1)[[7, 30]]
    found = change(x, y)
    assert found.verdict is Verdict.stands_out
    assert set(found.standing_out.tolist()) == {7, 30}


def test_where_most_items_are_equal_the_others_stand_out():
    x = sphere(100, 32)
    y = x.clone()
    y[5] = noisy(x, 0.05)[5]
    found = change(x, y)
    assert found.verdict is Verdict.stands_out
    assert found.standing_out.tolist() == [5]
    assert found.equal_rows == 0.99


def test_single_roundings_never_stand_out():
    x = sphere(100, 32)
    y = x.clone()
    y[5, 3] = torch.nextafter(y[5, 3], torch.tensor(2.0))
    assert change(x, y).verdict is Verdict.numeric_scale


def test_the_worst_come_first():
    assert standing_out(np.array([1.0, 9.0, 1.0, 4.0, 1.0])).tolist() == [1, 3]


def test_one_float32_rounding_is_one_unit_in_the_last_place():
    x = torch.full((3, 4), 0.75)
    y = torch.nextafter(x, torch.tensor(1.0))
    found = change(x, y)
    assert (found.ulps_median, found.ulps_max, found.ulps_format) == (1.0, 1.0, "float32")


def test_units_are_those_of_the_narrower_type():
    x = sphere(5, 8)
    assert change(x, x.to(torch.bfloat16)).ulps_format == "bfloat16"
    assert change(x, x.to(torch.bfloat16)).ulps_max <= 0.5


def test_slips_of_the_length_are_told_apart():
    x = sphere(60, 16)
    lengths = torch.linspace(0.5, 3, 60)[:, None]
    assert change(x, x * 2.5).slip is Slip.scaled
    assert change(x, x * lengths).slip is Slip.not_normalised
    assert change(x * lengths, x).slip is Slip.normalised
    assert change(x * lengths, x * lengths * torch.linspace(1, 2, 60)[:, None]).slip is Slip.lengths
    assert change(x, noisy(x, 0.01)).slip is Slip.none


def test_after_a_slip_errors_are_those_of_the_directions():
    x = sphere(60, 16)
    found = change(x, noisy(x, 0.01) * 7)
    assert found.slip is Slip.scaled
    assert found.verdict is Verdict.numeric_scale


@pytest.mark.parametrize("storage", [*FLOATS, *SCALED, StorageFormat.float8_e4m3_vector])
def test_fresh_codes_have_nothing_wrong(storage):
    x = anisotropic(60, 24)
    codec = fit(storage, x)
    stored = codec.encode(x)
    assert not len(provenance(stored, x, codec).rows)
    assert not len(value_provenance(stored.decode().float(), x, codec).rows)


@pytest.mark.parametrize("storage", ["float16", "bfloat16", "int8_vector_symmetric", "int8_dimension_affine"])
def test_a_corrupted_code_is_named_with_row_dimension_and_values(storage):
    x = anisotropic(60, 24)
    codec = fit(StorageFormat(storage), x)
    stored = codec.encode(x)
    stored.codes[17, 9] = 50 if "int8" in storage else 0.5
    found = provenance(stored, x, codec)
    assert found.rows.tolist() == [17]
    assert found.dimensions.tolist() == [9]
    assert found.differing.tolist() == [1]
    assert found.found[0] == pytest.approx(float(stored.take(slice(17, 18)).decode()[0, 9]))
    assert found.expected[0] == pytest.approx(float(x[17, 9]), abs=0.02)


def test_a_value_that_is_not_a_number_is_found():
    x = sphere(10, 4)
    codec = fit(StorageFormat.float16, x)
    y = x.half().float()
    y[3, 1] = torch.nan
    assert value_provenance(y, x, codec).rows.tolist() == [3]


def test_swapped_rows_are_named_with_whose_vector_they_hold():
    x = anisotropic(200, 24)
    y = x.half().float()
    y[[4, 90]] = y[[90, 4]]
    found = change(x, y)
    assert set(found.standing_out.tolist()) == {4, 90}
    rows = np.arange(200)
    moved = swapped(x, y, rows, rows, found.standing_out, tolerance=0.01)
    assert dict(zip(moved.rows.tolist(), moved.owners.tolist(), strict=True)) == {4: 90, 90: 4}


def test_a_slight_common_factor_is_told_from_rounding():
    x = sphere(60, 16)
    assert change(x, x * 1.004).slip is Slip.scaled
    assert change(x, x.to(torch.bfloat16)).slip is Slip.none
