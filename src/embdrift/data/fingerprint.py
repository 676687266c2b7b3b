"""A name for a set of vectors that follows from its bytes alone."""

import hashlib

import torch

from embdrift.data.blocks import as_bytes, row_blocks


class Fingerprint:
    """Takes the blocks of a set of vectors in order and gives its fingerprint at the end."""

    def __init__(self, vectors: torch.Tensor) -> None:
        n, d = vectors.shape
        self._hash = hashlib.sha256(f"{dtype_name(vectors)} {n} x {d}\n".encode())

    def add(self, block: torch.Tensor) -> None:
        """Take the next rows, contiguous."""
        self._hash.update(as_bytes(block).data)

    def value(self) -> str:
        """The fingerprint of what was taken: 64 hexadecimal digits."""
        return self._hash.hexdigest()


def dtype_name(vectors: torch.Tensor) -> str:
    """The type of the values in a word, such as `float32`."""
    return str(vectors.dtype).removeprefix("torch.")


def fingerprint(vectors: torch.Tensor) -> str:
    """The SHA-256 of type, shape and row-major bytes of vectors of shape (n, d): 64 hexadecimal digits."""
    taken = Fingerprint(vectors)
    for _, block in row_blocks(vectors):
        taken.add(block)
    return taken.value()
