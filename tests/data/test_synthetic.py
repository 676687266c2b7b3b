import numpy as np
import pytest
import torch

from embdrift.data.synthetic import clustered, dealt, jittered, mixed, rotated, with_duplicates
from embdrift.errors import InputError

VECTORS = clustered(400, 16, seed=3)


def cosines(a: torch.Tensor, b: torch.Tensor) -> np.ndarray:
    return torch.nn.functional.cosine_similarity(a.double(), b.double()).numpy()


def test_clustered_vectors_have_unit_length_and_uneven_directions():
    assert (VECTORS.dtype, VECTORS.shape) == (torch.float32, (400, 16))
    np.testing.assert_allclose(VECTORS.norm(dim=1), 1, rtol=1e-6)
    spread = np.linalg.eigvalsh(np.cov(VECTORS.numpy().T))
    assert spread[-1] > 3 * spread[0]


def test_clustered_vectors_lie_nearer_to_their_cluster():
    tight = clustered(200, 16, seed=0, clusters=5, spread=0.05).numpy()
    similarity = np.sort(tight @ tight.T, axis=1)
    assert similarity[:, -10:].mean() > 0.95 > similarity.mean()


@pytest.mark.parametrize(
    "make",
    [
        lambda seed: clustered(50, 8, seed=seed),
        lambda seed: rotated(VECTORS, seed),
        lambda seed: with_duplicates(VECTORS, 0.2, seed),
        lambda seed: jittered(VECTORS, 0.9, seed),
        lambda seed: dealt(VECTORS, seed),
        lambda seed: mixed(VECTORS, -VECTORS, 0.2, seed),
    ],
)
def test_a_seed_gives_the_same_values_again_and_another_seed_others(make):
    before = VECTORS.clone()
    assert torch.equal(make(1), make(1))
    assert not torch.equal(make(1), make(2))
    assert torch.equal(VECTORS, before)


def test_a_rotation_keeps_inner_products_but_moves_every_vector():
    turned = rotated(VECTORS.double(), 0)
    np.testing.assert_allclose(turned @ turned.T, VECTORS.double() @ VECTORS.double().T, atol=1e-12)
    assert cosines(turned, VECTORS).max() < 0.99


def test_a_share_of_rows_are_copies_of_others():
    copied = with_duplicates(VECTORS, 0.2, 0)
    assert (copied != VECTORS).any(dim=1).sum() == 80
    assert len(torch.unique(copied, dim=0)) == 320


def test_jitter_gives_the_cosine_asked_for():
    for cosine in (0.99, 0.5, 0.0, 1.0):
        moved = jittered(3 * VECTORS, cosine, 0)
        np.testing.assert_allclose(cosines(moved, VECTORS), cosine, atol=1e-6)
        np.testing.assert_allclose(moved.norm(dim=1), 3, rtol=1e-5)


def test_dealt_vectors_are_the_same_ones_and_none_stays():
    handed = dealt(VECTORS, 0)
    assert torch.equal(torch.unique(handed, dim=0), torch.unique(VECTORS, dim=0))
    assert (handed != VECTORS).any(dim=1).all()
    assert torch.equal(dealt(VECTORS[:1], 0), VECTORS[:1])


def test_mixed_sets_take_their_share_from_the_second():
    both = mixed(VECTORS, -VECTORS, 0.2, 0)
    assert (both == -VECTORS).all(dim=1).sum() == 80
    assert (both == VECTORS).all(dim=1).sum() == 320


@pytest.mark.parametrize(
    "make",
    [
        lambda: clustered(0, 3, seed=0),
        lambda: with_duplicates(VECTORS, 1.0, 0),
        lambda: with_duplicates(VECTORS, 1.5, 0),
        lambda: jittered(VECTORS, 1.1, 0),
        lambda: jittered(VECTORS[:, :1], 0.5, 0),
        lambda: mixed(VECTORS, VECTORS[:2], 0.5, 0),
    ],
)
def test_options_out_of_range_are_refused(make):
    with pytest.raises(InputError, match=r"got|needed"):
        make()
