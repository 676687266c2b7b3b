import numpy as np
import pytest
import torch

from embdrift.numerics import Arithmetic, KeptFormat, StorageFormat, range_report
from number_formats import sphere


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
