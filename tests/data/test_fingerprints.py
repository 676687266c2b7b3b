import hashlib

import numpy as np
import pytest
import torch
from vector_files import values

from embdrift.data import blocks, fingerprint
from embdrift.data.fingerprints import RowHashes, duplicate_of, row_bytes


def test_the_fingerprint_is_the_hash_of_type_shape_and_bytes():
    vectors = torch.from_numpy(values())
    expected = hashlib.sha256(b"float32 7 x 5\n" + vectors.numpy().tobytes()).hexdigest()
    assert fingerprint(vectors) == expected


def test_the_size_of_blocks_and_the_strides_do_not_change_it(monkeypatch):
    vectors = torch.from_numpy(values(n=100))
    whole, part = fingerprint(vectors), fingerprint(vectors[:, :3])
    monkeypatch.setattr(blocks, "block_rows", lambda *_: 7)
    assert fingerprint(vectors) == whole
    assert fingerprint(vectors[:, :3].clone()) == part


def test_shape_type_and_every_bit_change_it():
    vectors = torch.from_numpy(values(d=4))
    changed = vectors.clone()
    changed[6, 3] = torch.nextafter(changed[6, 3], torch.tensor(0.0))
    others = [vectors.reshape(14, 2), vectors.view(torch.uint8), vectors.double(), vectors.bfloat16(), changed]
    assert len({fingerprint(other) for other in (vectors, *others)}) == 6


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
