"""Vectors and rungs of a ladder for every test of number formats."""

import numpy as np
import torch

from embdrift.numerics import Arithmetic, KeptFormat, PrecisionCell, StorageFormat


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
    return PrecisionCell(
        storage=StorageFormat(storage), arithmetic=Arithmetic(arithmetic), kept=KeptFormat(kept), **more
    )
