import numpy as np
import pytest
import torch

from embdrift.data.duplicates import RowHashes, duplicate_of, row_bytes


def hashes_of(vectors: torch.Tensor) -> np.ndarray:
    taken = RowHashes(len(vectors), vectors.shape[1] * vectors.element_size())
    taken.add(0, row_bytes(vectors))
    return taken.hashes


def test_the_first_of_equal_rows_is_named():
    vectors = torch.tensor([[1.0], [2.0], [1.0], [3.0], [2.0], [1.0]])
    assert duplicate_of(vectors, hashes_of(vectors)).tolist() == [0, 1, 0, 3, 1, 0]


def test_rows_that_only_share_a_hash_are_told_apart():
    vectors = torch.tensor([[1.0], [2.0], [1.0], [3.0], [2.0], [1.0]])
    assert duplicate_of(vectors, np.zeros((6, 2), np.uint64)).tolist() == [0, 1, 0, 3, 1, 0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.int8])
def test_vectors_of_signs_get_different_hashes(dtype):
    signs = torch.from_numpy(np.unique(np.random.default_rng(0).choice([-1, 1], size=(500, 32)), axis=0)).to(dtype)
    hashes = hashes_of(signs)
    assert len(np.unique(hashes[:, 0])) == len(np.unique(hashes[:, 1])) == len(signs)


def test_rows_of_odd_length_are_padded():
    vectors = torch.tensor([[1, 2, 3], [1, 2, 4], [1, 2, 3]], dtype=torch.int8)
    assert duplicate_of(vectors, hashes_of(vectors)).tolist() == [0, 1, 0]
