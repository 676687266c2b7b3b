"""Does this device add up products as the error bound takes for granted? Asked once per device and process."""

import math
from functools import cache

import numpy as np
import torch

from embdrift.search.cuda.launch import decode, filter_pairs, products
from embdrift.search.cuda.operands import Shape, Side
from embdrift.search.cuda.tiles import CONFIGURATIONS, SMALL, SPARE, WIDE, Tiles

_D = 256
_ROWS = 256


@cache
def keeps_the_model(device: torch.device) -> bool:
    """True where every sum of products that is tried errs no more than 1.5 (d + 4) 2^-23 of the sizes it adds up."""
    return all(sums_are_sound(device, tiles) and bits_are_sound(device, tiles) for tiles in (SMALL, WIDE, SPARE))


def sums_are_sound(device: torch.device, tiles: Tiles = CONFIGURATIONS[0]) -> bool:
    """Compare products of hard and of random rows with float64, which adds them up exactly enough."""
    for left, right in (hard_rows(), random_rows()):
        a, b = left.to(device), right.to(device)
        got = products(a, b, tiles).to(torch.float64)
        exact = a.to(torch.float64) @ b.to(torch.float64).T
        sizes = a.to(torch.float64).abs() @ b.to(torch.float64).abs().T
        if not bool(((got - exact).abs() <= 1.5 * (_D + 4) * 2.0**-23 * sizes).all()):
            return False
    return True


def bits_are_sound(device: torch.device, tiles: Tiles = CONFIGURATIONS[0]) -> bool:
    """Every pair whose exact score is an error bound above its target must have its bit, and one as far below, none."""
    left, _ = random_rows()
    rows = left.to(device)
    exact = rows.to(torch.float64) @ rows.to(torch.float64).T
    target = exact.topk(8, dim=1).values[:, -1]
    lengths = rows.to(torch.float64).square().sum(1).sqrt()
    error = 1.5 * (_D + 4) * 2.0**-23 * lengths * lengths.max() + target.abs() * 2.0**-23
    ones = torch.ones(len(rows), dtype=torch.float32, device=device)
    side = Side(rows, target.to(torch.float32), ones, ones, ones)
    found = torch.zeros((len(rows), len(rows)), dtype=torch.bool, device=device)
    mask = filter_pairs(side, side, Shape(scaled=False, halves=False, symmetric=False), tiles)
    for i, j in decode(mask, found.numel()):
        found[i.to(torch.int64), j.to(torch.int64)] = True
    needed = exact > (target + error)[:, None]
    refused = exact < (target - error)[:, None]
    return bool((found | ~needed).all()) and not bool((found & refused).any())


def hard_rows() -> tuple[torch.Tensor, torch.Tensor]:
    """Sums of one product and many far smaller ones, in every order, with and without the large one cancelling.

    After Fasi and others (2021): an adder that keeps too few bits, or has no room for carries, loses the small ones.
    """
    left = torch.zeros((_ROWS, _D), dtype=torch.float64)
    right = torch.zeros((_ROWS, _D), dtype=torch.float64)
    for row in range(_ROWS):
        exponent, place, kind = 1 + row % 24, (0, 1, 7, 17, 128, 255)[row // 24 % 6], row // 144
        factor = 2.0 ** -(exponent // 2)
        left[row] = factor * (1 + 2.0**-9 * (row % 3))
        right[row] = 2.0 ** -(exponent - exponent // 2) * (-1.0 if kind and row % 2 else 1.0)
        left[row, place] = right[row, place] = 1.0
        if kind:
            left[row, (place + 40) % _D], right[row, (place + 40) % _D] = -1.0, 1.0
    return left.to(torch.float16), right.to(torch.float16)


def random_rows() -> tuple[torch.Tensor, torch.Tensor]:
    """Rows of one length whose numbers are spread over many powers of two."""
    rng = np.random.default_rng(3)
    values = rng.normal(size=(2, _ROWS, _D)) * 2.0 ** rng.integers(-8, 1, (2, _ROWS, _D))
    values *= 512 / np.linalg.norm(values, axis=2, keepdims=True)
    left, right = torch.from_numpy(values).to(torch.float16)
    assert math.isfinite(float(left.abs().max()))
    return left, right
