"""Small data, and searches of it, for tests of number formats."""

import numpy as np
import torch

from embdrift.precision import Arithmetic, Cell, Exhaustive, KeptFormat, StorageFormat, fit, side
from embdrift.types import Metric

SCALED = [one for one in StorageFormat if one.value.startswith("int")]
FLOATS = [one for one in StorageFormat if one.value.startswith(("float", "bfloat")) and "vector" not in one.value]


def sphere(n, d, seed=0):
    """Random unit vectors, float32."""
    return unit(np.random.default_rng(seed).standard_normal((n, d)))


def anisotropic(n, d, seed=0):
    """Unit vectors with a spectrum that falls as 1 / sqrt(dimension), turned, and with one common direction."""
    random = np.random.default_rng(seed)
    x = random.standard_normal((n, d)) / np.sqrt(np.arange(1, d + 1))
    turn, _ = np.linalg.qr(random.standard_normal((d, d)))
    x = x @ turn
    common = random.standard_normal(d)
    return unit(x + 1.5 * np.linalg.norm(x, axis=1).mean() * common / np.linalg.norm(common))


def unit(x):
    return torch.from_numpy((x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32))


def cell(storage="float32", arithmetic="float32", kept="float32", **more):
    return Cell(storage=StorageFormat(storage), arithmetic=Arithmetic(arithmetic), kept=KeptFormat(kept), **more)


def searcher(vectors, made, metric=Metric.inner_product, skip=None):
    """The corpus against itself in one cell."""
    both = side(fit(made.storage, vectors).encode(vectors), made.arithmetic)
    skip = np.zeros(len(vectors), bool) if skip is None else skip
    return Exhaustive(made, metric, both, both, skip, torch.device("cpu"))
