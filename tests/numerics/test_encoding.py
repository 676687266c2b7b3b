import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from precision_cases import FLOATS, SCALED

from embdrift.numerics import Arithmetic, KeptFormat, StorageFormat, bytes_per_vector, fit, range_report
from embdrift.numerics.formats import FLOATS as FORMATS
from embdrift.numerics.formats import INTEGERS
from number_formats import sphere


@pytest.mark.parametrize("storage", FLOATS)
def test_float_codes_are_roundings(storage):
    x = sphere(50, 24)
    decoded = fit(storage, x).encode(x).decode()
    target = FORMATS[storage.value]
    assert ((decoded - x).abs() <= target.unit * x.abs() + target.tiny).all()


@pytest.mark.parametrize("storage", SCALED)
@given(seed=st.integers(0, 2**16), scale=st.sampled_from([1e-6, 1.0, 1e6]))
@settings(max_examples=15, deadline=None)
def test_whole_number_codes_are_within_half_a_step(storage, seed, scale):
    x = sphere(30, 7, seed) * scale
    stored = fit(storage, x).encode(x)
    assert (stored.codes >= INTEGERS[storage].low).all()
    assert (stored.codes <= INTEGERS[storage].high).all()
    assert ((stored.decode() - x).abs() <= 0.50001 * stored.scale.double()).all()


def test_int8_per_vector_is_what_its_definition_says():
    x = sphere(20, 16)
    stored = fit(StorageFormat.int8_vector_symmetric, x).encode(x)
    scale = np.abs(x.numpy()).max(axis=1, keepdims=True) / np.float32(127)
    np.testing.assert_array_equal(stored.scale.numpy(), scale)
    np.testing.assert_array_equal(stored.codes.numpy(), np.rint(x.numpy().astype(np.float64) / scale))


def test_int8_per_dimension_spreads_codes_over_the_range_of_the_corpus():
    x = sphere(400, 5)
    stored = fit(StorageFormat.int8_dimension_affine, x).encode(x)
    assert (stored.codes.amin(dim=0) == -128).all()
    assert (stored.codes.amax(dim=0) == 127).all()


def test_queries_outside_the_corpus_range_are_cut_off():
    x = sphere(100, 4)
    stored = fit(StorageFormat.int8_dimension_affine, x).encode(x * 3)
    assert int(stored.codes.max()) == 127
    assert int(stored.codes.min()) == -128


@pytest.mark.parametrize("storage", list(StorageFormat))
def test_a_constant_and_a_zero_vector_can_be_stored(storage):
    x = torch.stack([torch.zeros(6), torch.full((6,), 0.25), torch.full((6,), -2.0)])
    assert fit(storage, x).encode(x).decode().isfinite().all()


@pytest.mark.parametrize("storage", [one for one in StorageFormat if one is not StorageFormat.binary])
def test_rows_are_stored_alone_or_together_alike(storage):
    x = sphere(40, 12)
    codec = fit(storage, x)
    whole = codec.encode(x)
    assert torch.equal(whole.take(slice(7, 9)).decode(), codec.encode(x[7:9]).decode())
    assert torch.equal(whole.take(torch.tensor([3, 30])).decode(), codec.encode(x[[3, 30]]).decode())


def test_binary_is_the_sign():
    x = torch.tensor([[0.1, -0.1, 0.0, 5.0]])
    assert fit(StorageFormat.binary, x).encode(x).codes.tolist() == [[1, -1, -1, 1]]


def test_bytes_count_codes_and_scales_of_the_vector():
    sizes = {storage.value: bytes_per_vector(storage, 385) for storage in StorageFormat}
    assert sizes["float32"] == 1540
    assert sizes["bfloat16"] == 770
    assert sizes["float8_e5m2"] == 385
    assert sizes["int8_vector_affine"] == 393
    assert sizes["int8_dimension_affine"] == 385
    assert sizes["int4_vector_symmetric"] == 197
    assert sizes["binary"] == 49


def look(x, storage=StorageFormat.float16, arithmetic=Arithmetic.float32, kept=KeptFormat.float32):
    return range_report(x, storage, arithmetic, kept, rows=np.arange(len(x)))


def test_values_beyond_float16_are_found_with_row_and_dimension():
    x = sphere(6, 8)
    x[2, 5], x[4, 0] = 1e5, -7e4
    found = look(x)
    assert found.overflow.tolist() == [2, 4]
    assert found.overflow_dimensions.tolist() == [5, 0]
    assert found.harmful.tolist() == [2, 4]


def test_what_a_format_cannot_hold_is_what_torch_makes_infinite_or_changes():
    x = torch.tensor([[65504.0], [65505.0], [1.0], [-65504.0]])
    assert look(x).overflow.tolist() == [1]
    assert look(x, StorageFormat.bfloat16).overflow.tolist() == []
    assert look(x, StorageFormat.float8_e4m3).overflow.tolist() == [0, 1, 3]


def test_vectors_that_become_zero_are_found():
    x = sphere(6, 8)
    x[3] = 1e-9
    found = look(x)
    assert found.vanished.tolist() == [3]
    assert torch.count_nonzero(x[3].to(torch.float16)) == 0
    assert found.underflow_share == pytest.approx(1 / 6)
    assert look(x, StorageFormat.bfloat16).vanished.tolist() == []


def test_a_vector_of_zeros_was_zero_before():
    x = sphere(6, 8)
    x[1] = 0
    assert look(x).vanished.tolist() == []


def test_the_narrowest_of_storage_and_arithmetic_counts():
    x = sphere(4, 8)
    x[0, 0] = 1e5
    assert look(x, StorageFormat.float32).overflow.tolist() == []
    assert look(x, StorageFormat.float32, Arithmetic.float16).overflow.tolist() == [0]


def test_lengths_that_overflow_are_found_though_values_do_not():
    x = sphere(4, 8) * 300
    assert look(x, kept=KeptFormat.float16).norm_overflow.tolist() == [0, 1, 2, 3]
    assert look(x).norm_overflow.tolist() == []


def test_formats_with_scales_of_their_own_hold_any_size():
    x = sphere(4, 8) * 1e6
    for storage in (StorageFormat.int8_vector_symmetric, StorageFormat.float8_e4m3_vector, StorageFormat.binary):
        assert look(x, storage).harmful.tolist() == []


def test_only_the_rows_asked_for_are_looked_at():
    x = sphere(4, 8)
    x[0, 0] = 1e5
    rows = np.array([1, 2, 3])
    found = range_report(x, StorageFormat.float16, Arithmetic.float32, KeptFormat.float32, rows=rows)
    assert found.overflow.tolist() == []
