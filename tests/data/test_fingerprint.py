import hashlib

import torch
from vector_files import values

from embdrift.data import blocks, fingerprint


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
