"""The part of a movement that is common to all."""

import numpy as np
import pytest
import torch

from embdrift.metrics import common_offset

N, D = 200, 6
ROWS = np.arange(N)


@pytest.fixture
def old():
    vectors = torch.from_numpy(np.random.default_rng(0).standard_normal((N, D)))
    return vectors / vectors.norm(dim=1, keepdim=True)


def test_one_vector_added_to_all_is_all_of_the_movement(old):
    share, length = common_offset(old, old + torch.tensor([0.3, 0, 0, 0, 0.4, 0], dtype=torch.float64), ROWS, ROWS)
    assert share == pytest.approx(1, abs=1e-12)
    assert length == pytest.approx(0.5, abs=1e-12)


def test_opposite_movements_have_nothing_in_common(old):
    move = torch.ones(N, 1, dtype=torch.float64)
    move[::2] = -1
    assert common_offset(old, old + move, ROWS, ROWS).share == pytest.approx(0, abs=1e-12)


def test_against_numpy(old):
    new = old * 1.3 + 0.1
    moved = (new - old).numpy()
    share, length = common_offset(old, new, ROWS, ROWS)
    mean = moved.mean(axis=0)
    assert share == pytest.approx(mean @ mean / (moved**2).sum(axis=1).mean(), rel=1e-12)
    assert length == pytest.approx(np.linalg.norm(mean), rel=1e-12)


def test_where_nothing_moved_there_is_no_share(old):
    share, length = common_offset(old, old, ROWS, ROWS)
    assert np.isnan(share)
    assert length == 0


def test_zero_vectors_have_no_length_to_compare_with():
    zeros = torch.zeros(3, 2)
    assert np.isnan(common_offset(zeros, zeros + 1, np.arange(3), np.arange(3)).length)


def test_other_dimensions_and_no_items_have_none(old):
    for new, rows in ((old[:, :3], ROWS), (old, ROWS[:0])):
        assert all(np.isnan(one) for one in common_offset(old, new, rows, rows))
