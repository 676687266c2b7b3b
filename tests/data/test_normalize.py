import numpy as np
import torch
from vector_files import values

from embdrift.data.normalize import unit_rows


def test_float64_stays_float64_and_survives_squares_out_of_range():
    vectors = torch.tensor([[3e200, 4e200], [3e-200, 4e-200], [5e-324, 0]], dtype=torch.float64)
    found = unit_rows(vectors, "x")
    assert found.dtype == torch.float64
    np.testing.assert_allclose(found, [[0.6, 0.8], [0.6, 0.8], [1, 0]], rtol=1e-15)


def test_integers_and_halves_become_float32():
    for dtype in (torch.int8, torch.uint8, torch.float16, torch.bfloat16):
        vectors = torch.tensor([[3, 4], [0, 7]]).to(dtype)
        found = unit_rows(vectors, "x")
        assert found.dtype == torch.float32
        np.testing.assert_array_equal(found, np.float32([[0.6, 0.8], [0, 1]]))


def test_rows_that_are_not_finite_stay_for_validation_to_name():
    vectors = torch.tensor([[1.0, float("nan")], [float("inf"), 2.0], [0.0, 2.0]])
    found = unit_rows(vectors, "x")
    np.testing.assert_array_equal(found, [[1, np.nan], [np.inf, 2], [0, 1]])


def test_blocks_do_not_change_the_result_and_bound_what_is_widened(monkeypatch):
    import embdrift.data.normalize as module

    vectors = torch.from_numpy(values(n=100))
    whole = unit_rows(vectors, "x")
    seen = []
    widen = module.wide_norms
    monkeypatch.setattr(module, "block_rows", lambda *_: 7)
    monkeypatch.setattr(module, "wide_norms", lambda block: seen.append(len(block)) or widen(block))
    assert torch.equal(unit_rows(vectors, "x"), whole)
    assert seen == [7] * 14 + [2]
