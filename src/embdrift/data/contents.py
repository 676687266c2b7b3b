"""What a reader found in a file."""

from dataclasses import dataclass

import torch

from embdrift.types import Array


@dataclass(frozen=True, eq=False)
class FileContents:
    """The vectors of one file and what stands beside them.

    Args:
        vectors: shape (n, d), memory-mapped where the format allows it
        format: what the format is called in messages
        ids: shape (n,), int64 or str; None where the file holds none
        part: the array, column or dataset that was read; empty where a file holds only one
        others: the further arrays, columns or datasets of the file
    """

    vectors: torch.Tensor
    format: str
    ids: Array | None = None
    part: str = ""
    others: tuple[str, ...] = ()
