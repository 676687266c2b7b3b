"""Whose old vector each new vector is, against every pair looked at one by one."""

import numpy as np
import pytest
import torch

from embdrift.data.synthetic import rotated
from embdrift.errors import InputError
from embdrift.metrics import self_search

N, D = 120, 8


@pytest.fixture
def old():
    return torch.from_numpy(np.random.default_rng(0).standard_normal((N, D)))


def search(old, new, places=None):
    rows = np.arange(len(old))
    return self_search(old, new, rows, rows, np.arange(0, len(old), 3) if places is None else places)


def slow(old, new, places):
    """1 - cosine to one's own old vector and to the nearest of the others'."""
    a, b = (one.numpy() / np.linalg.norm(one.numpy(), axis=1, keepdims=True) for one in (old, new))
    cosines = b[places] @ a.T
    own = cosines[np.arange(len(places)), places].copy()
    cosines[np.arange(len(places)), places] = -np.inf
    return 1 - own, 1 - cosines.max(axis=1)


def test_distances_are_those_of_looking_at_every_pair(old):
    new = old + 0.5 * torch.from_numpy(np.random.default_rng(1).standard_normal((N, D)))
    places = np.array([0, 5, 7, 119])
    found = search(old, new, places)[0]
    own, other = slow(old, new, places)
    np.testing.assert_allclose(found.own, own, atol=1e-12)
    np.testing.assert_allclose(found.other, other, atol=1e-6)
    assert found.found.tolist() == (own <= other).astype(float).tolist()


def test_the_same_vectors_find_themselves(old):
    for found in search(old, old):
        assert found.found.mean() == 1
        assert found.anothers.mean() == 0


def test_a_rotated_space_finds_itself_after_the_rotation(old):
    as_it_is, turned_back = search(old, rotated(old, 3))
    assert as_it_is.found.mean() < 0.2
    assert turned_back.turned_back
    assert turned_back.found.mean() == 1
    assert turned_back.own.max() < 1e-12


def test_permuted_vectors_are_another_items(old):
    found = search(old, old[torch.roll(torch.arange(N), 1)])[0]
    assert found.found.mean() == 0
    assert found.anothers.mean() == 1


def test_some_swapped_vectors_are_told_by_row(old):
    new = old.clone()
    new[[3, 6]] = old[[6, 3]]
    found = search(old, new)[0]
    assert np.flatnonzero(found.anothers).tolist() == [1, 2]


def test_a_noisy_vector_is_nobody_elses(old):
    new = old + 0.5 * torch.from_numpy(np.random.default_rng(2).standard_normal((N, D)))
    assert all(one.anothers.mean() == 0 for one in search(old, new))


def test_copies_of_one_vector_find_themselves(old):
    old[:60] = old[0]
    for found in search(old, old):
        assert found.found.mean() == 1


def test_zero_vectors_are_not_looked_for(old):
    new = old.clone()
    new[0] = 0
    found = search(old, new)[0]
    assert np.isnan(found.found).tolist() == [True] + [False] * 39
    assert np.isnan(found.anothers[0])


def test_too_few_items_to_fit_a_rotation_are_looked_for_as_they_are(old):
    assert len(search(old[:9], old[:9], np.array([0, 1]))) == 1


def test_another_dimension_is_refused(old):
    with pytest.raises(InputError, match="got 8 and 7"):
        search(old, old[:, :7])
