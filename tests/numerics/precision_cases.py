"""Small data, and searches of it, for tests of number formats."""

import numpy as np
import torch

from embdrift.numerics import Exhaustive, StorageFormat, fit, side
from embdrift.types import Similarity

SCALED = [one for one in StorageFormat if one.value.startswith("int")]
FLOATS = [one for one in StorageFormat if one.value.startswith(("float", "bfloat")) and "vector" not in one.value]


def searcher(vectors, made, similarity=Similarity.inner_product, skip=None):
    """The corpus against itself in one cell."""
    both = side(fit(made.storage, vectors).encode(vectors), made.arithmetic)
    skip = np.zeros(len(vectors), bool) if skip is None else skip
    return Exhaustive(made, similarity, both, both, skip, torch.device("cpu"))
