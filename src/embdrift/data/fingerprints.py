"""Hashes of vectors: one that identifies a whole set, and one per row that finds duplicates."""

import hashlib
from collections.abc import Iterator

import numpy as np
import torch

from embdrift.data.blocks import as_bytes, block_rows, row_blocks
from embdrift.types import Array, Positions


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


def row_bytes(block: torch.Tensor) -> Array:
    """The bytes of each row, shape (rows, d * itemsize), with -0.0 written as 0.0 since the two are equal."""
    return as_bytes((block + 0.0).contiguous() if block.is_floating_point() else block)


class RowHashes:
    """Takes the blocks of a set of vectors in order and keeps 128 bits for every row.

    Each half is the sum of the row's 32-bit words times fixed random 64-bit numbers, modulo 2**64 (multilinear hashing:
    Carter and Wegman 1979). Words of 64 bits would not do: there two flipped signs cancel whatever the multipliers.
    """

    def __init__(self, n: int, bytes_per_row: int) -> None:
        self.words = -(-bytes_per_row // 4)
        self.hashes: Array = np.empty((n, 2), np.uint64)
        drawn = np.random.default_rng(20240229).integers(0, 1 << 63, size=(self.words, 2), dtype=np.uint64)
        self._multipliers = drawn * np.uint64(2) + np.uint64(1)

    def add(self, start: int, rows: Array) -> None:
        """Take the bytes of the rows from `start` on, shape (rows, bytes_per_row)."""
        padding = 4 * self.words - rows.shape[1]
        padded = np.pad(rows, ((0, 0), (0, padding))) if padding else rows
        words = np.ascontiguousarray(padded).view(np.uint32).astype(np.uint64)  # (rows, words)
        self.hashes[start : start + len(rows)] = words @ self._multipliers


def duplicate_of(vectors: torch.Tensor, hashes: Array) -> Positions:
    """For each row the first row with an equal vector (itself where there is no earlier one), shape (n,).

    Args:
        vectors: shape (n, d)
        hashes: shape (n, 2), equal for equal rows; rows that only share a hash are told apart by their bytes
    """
    n = len(hashes)
    first = np.arange(n, dtype=np.int64)
    order = np.lexsort((hashes[:, 1], hashes[:, 0]))  # stable: rows of one hash stay in ascending order
    new_run = np.ones(n, dtype=bool)
    new_run[1:] = (hashes[order[1:]] != hashes[order[:-1]]).any(axis=1)
    heads = order[np.maximum.accumulate(np.where(new_run, np.arange(n), 0))]
    suspects, heads = order[~new_run], heads[~new_run]
    same = _equal(vectors, suspects, heads)
    first[suspects[same]] = heads[same]
    for head in np.unique(heads[~same]):
        _tell_apart(vectors, suspects[~same & (heads == head)], first)
    return first


def _equal(vectors: torch.Tensor, rows: Positions, others: Positions) -> Array:
    """Whether each pair of rows holds the same bytes, shape (pairs,), a block of pairs at a time."""
    same = np.zeros(len(rows), dtype=bool)
    for part in _parts(len(rows), vectors):
        left, right = (row_bytes(vectors[torch.from_numpy(side[part])]) for side in (rows, others))
        same[part] = (left == right).all(axis=1)
    return same


def _parts(count: int, vectors: torch.Tensor) -> Iterator[slice]:
    step = block_rows(int(vectors.shape[1]), vectors.element_size())
    return (slice(start, start + step) for start in range(0, count, step))


def _tell_apart(vectors: torch.Tensor, rows: Positions, first: Positions) -> None:
    """Group rows that share a hash with a different vector, by their bytes."""
    seen: dict[bytes, int] = {}
    for row in rows.tolist():
        first[row] = seen.setdefault(row_bytes(vectors[row : row + 1]).tobytes(), row)
