import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from embdrift.data.synthetic import clustered
from embdrift.errors import InputError
from embdrift.numerics import StorageFormat
from embdrift.selftest.faults import (
    collapsed,
    corrupted,
    offset,
    partly_rotated,
    permuted,
    replaced,
    scaled,
    scrambled_within,
    some_rows,
    stored,
    truncated,
    with_zeros,
    without,
)

VECTORS = clustered(300, 32, seed=5)
GROUPS = np.arange(300) % 7
SEEDS = st.integers(0, 2**31)
SHARES = st.floats(0, 1)


def cosines(vectors):
    wide = vectors.double().numpy()
    lengths = np.linalg.norm(wide, axis=1)
    return wide @ wide.T / np.outer(lengths, lengths)


def changed_rows(vectors):
    return np.flatnonzero((vectors != VECTORS).any(dim=1).numpy())


def as_multiset(vectors):
    return sorted(row.tobytes() for row in vectors.numpy())


@pytest.mark.parametrize("share", [1.0, 0.5, 0.01])
def test_rotations_keep_all_cosines_and_move_the_vectors(share):
    turned = partly_rotated(VECTORS, share, seed=1)
    np.testing.assert_allclose(cosines(turned), cosines(VECTORS), atol=1e-6)
    assert share == 0.01 or len(changed_rows(turned)) == 300


def test_a_partial_rotation_leaves_the_other_dimensions():
    turned = partly_rotated(VECTORS, 0.5, seed=1)
    assert torch.equal(turned[:, 16:], VECTORS[:, 16:])
    assert not torch.isclose(turned[:, :16], VECTORS[:, :16]).all()


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.floats(0.01, 2))
def test_an_offset_adds_one_vector_of_the_given_length_to_all(seed, length):
    moves = offset(VECTORS, length, seed).double() - VECTORS.double()
    np.testing.assert_allclose(moves.norm(dim=1), length, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(moves.std(dim=0), 0, atol=1e-6)


def test_items_and_queries_get_the_same_offset():
    a, b = offset(VECTORS, 0.3, 7) - VECTORS, offset(VECTORS[:5], 0.3, 7) - VECTORS[:5]
    np.testing.assert_allclose(a[:5], b)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.01, 100))
def test_scaling_keeps_cosines_and_multiplies_lengths(factor):
    longer = scaled(VECTORS, factor)
    np.testing.assert_allclose(longer.norm(dim=1), factor * VECTORS.norm(dim=1), rtol=1e-5)
    np.testing.assert_allclose(cosines(longer), cosines(VECTORS), atol=1e-6)


def test_truncation_keeps_the_first_dimensions_and_at_least_one():
    assert torch.equal(truncated(VECTORS, 0.5), VECTORS[:, :16])
    assert truncated(VECTORS, 0.001).shape == (300, 1)
    with pytest.raises(InputError, match="above 0 and at most 1, got 0"):
        truncated(VECTORS, 0)


@settings(max_examples=30, deadline=None)
@given(SEEDS, SHARES)
def test_permuted_rows_keep_the_multiset_of_vectors(seed, share):
    assert as_multiset(permuted(VECTORS, share, seed)) == as_multiset(VECTORS)


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_permutation_leaves_no_chosen_row_its_own_vector_and_touches_no_other(share):
    assert changed_rows(permuted(VECTORS, share, 3)).tolist() == some_rows(300, share, 3).tolist()


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_scrambling_within_groups_keeps_each_groups_vectors(seed):
    scrambled = scrambled_within(VECTORS, GROUPS, 1.0, seed)
    for group in range(7):
        members = np.flatnonzero(group == GROUPS)
        assert as_multiset(scrambled[members]) == as_multiset(VECTORS[members])
    assert len(changed_rows(scrambled)) == 300


def test_scrambling_moves_the_given_share_of_each_group():
    moved = changed_rows(scrambled_within(VECTORS, GROUPS, 0.5, 0))
    assert [int((GROUPS[moved] == group).sum()) for group in range(7)] == [
        round(0.5 * int((group == GROUPS).sum())) for group in range(7)
    ]


def test_a_group_of_one_keeps_its_vector():
    assert torch.equal(scrambled_within(VECTORS[:3], np.arange(3), 1.0, 0), VECTORS[:3])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 500), SHARES, SEEDS)
def test_chosen_rows_are_distinct_ascending_and_as_many_as_asked(n, share, seed):
    rows = some_rows(n, share, seed)
    assert len(rows) == round(share * n)
    assert (np.diff(rows) > 0).all()
    assert len(without(n, rows)) + len(rows) == n
    assert not set(without(n, rows).tolist()) & set(rows.tolist())


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_shares_outside_zero_to_one_are_refused(share):
    with pytest.raises(InputError, match="a share must be between 0 and 1, got"):
        some_rows(10, share, 0)


def test_replaced_rows_come_from_the_other_version():
    rows = some_rows(300, 0.2, 1)
    mixed = replaced(VECTORS, -VECTORS, rows)
    assert torch.equal(mixed[rows], -VECTORS[rows])
    assert changed_rows(mixed).tolist() == rows.tolist()
    with pytest.raises(InputError, match="replacements must have shape"):
        replaced(VECTORS, VECTORS[:, :4], rows)


def test_float16_is_a_rounding_and_int8_has_at_most_256_values_per_dimension():
    half = stored(VECTORS, StorageFormat.float16)
    assert torch.equal(half, VECTORS.half().float())
    eight = stored(VECTORS, StorageFormat.int8_dimension_affine)
    assert max(len(torch.unique(column)) for column in eight.T) <= 256
    step = (VECTORS.amax(dim=0) - VECTORS.amin(dim=0)) / 255
    assert ((eight - VECTORS).abs() <= 0.501 * step).all()


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_corrupted_bytes_stay_finite_and_hit_the_given_rows_only(seed):
    damaged = corrupted(VECTORS, 0.1, seed)
    assert torch.isfinite(damaged).all()
    assert torch.isfinite((damaged.double() ** 2).sum(dim=1)).all()
    assert changed_rows(damaged).tolist() == some_rows(300, 0.1, seed).tolist()
    assert int((damaged != VECTORS).sum(dim=1).max()) <= 16


def test_corruption_can_leave_a_number_that_is_none():
    damaged = corrupted(VECTORS, 0.01, 0, finite=False)
    assert int(torch.isnan(damaged).sum()) == 1


def test_vectors_narrower_than_a_damaged_run_are_damaged_whole():
    assert corrupted(VECTORS[:, :4].contiguous(), 1.0, 0).shape == (300, 4)


def test_zeros_hit_the_given_share():
    zeros = with_zeros(VECTORS, 0.1, 2)
    assert int((zeros.norm(dim=1) == 0).sum()) == 30


def test_collapsed_vectors_keep_their_directions():
    short = collapsed(VECTORS, 0.2, 2)
    lengths = short.norm(dim=1).numpy()
    assert int((lengths < 0.02).sum()) == 60
    np.testing.assert_allclose(cosines(short), cosines(VECTORS), atol=1e-6)


@pytest.mark.parametrize(
    "plant",
    [
        lambda seed: offset(VECTORS, 0.1, seed),
        lambda seed: partly_rotated(VECTORS, 1.0, seed),
        lambda seed: permuted(VECTORS, 0.5, seed),
        lambda seed: scrambled_within(VECTORS, GROUPS, 0.5, seed),
        lambda seed: corrupted(VECTORS, 0.5, seed),
        lambda seed: with_zeros(VECTORS, 0.5, seed),
        lambda seed: collapsed(VECTORS, 0.5, seed),
    ],
)
def test_faults_are_seeded_and_leave_what_they_are_given_alone(plant):
    before = VECTORS.clone()
    assert torch.equal(plant(3), plant(3))
    assert not torch.equal(plant(3), plant(4))
    assert torch.equal(VECTORS, before)
