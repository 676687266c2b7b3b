import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from precision_cases import FLOATS, SCALED

from embdrift.numerics import StorageFormat, bytes_per_vector, fit
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
