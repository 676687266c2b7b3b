from contextlib import nullcontext

import pytest
import torch
from cuda_cases import interpreter

DEVICE = interpreter()

from triton.runtime.errors import OutOfResources  # noqa: E402 (needs Triton, without which the line above skips)

import embdrift.search.cuda.device_check as device_check  # noqa: E402
from embdrift.errors import EmbdriftError  # noqa: E402
from embdrift.search.cuda import entry, launch, plain  # noqa: E402
from embdrift.search.cuda.tiles import Tiles  # noqa: E402

TILES = Tiles(128, 128)


def test_float32_sums_keep_the_model():
    assert device_check.sums_are_sound(DEVICE, TILES)
    assert device_check.bits_are_sound(DEVICE, TILES)


@pytest.mark.parametrize("bits", [11, 14, 18])
def test_an_adder_that_keeps_too_few_bits_is_found_out(bits, monkeypatch):
    def coarse(left, right, tiles):
        total = torch.zeros(len(left), len(right), dtype=torch.float64)
        for k in range(0, left.shape[1], 16):
            total += left[:, k : k + 16].double() @ right[:, k : k + 16].double().T
            fraction, exponent = torch.frexp(total)
            total = torch.ldexp((fraction * 2.0**bits).trunc() / 2.0**bits, exponent)
        return total.float()

    monkeypatch.setattr(device_check, "products", coarse)
    assert not device_check.sums_are_sound(DEVICE, TILES)


def test_a_filter_that_loses_a_pair_is_found_out(monkeypatch):
    decode = device_check.decode
    monkeypatch.setattr(device_check, "decode", lambda mask, most: ((i[1:], j[1:]) for i, j in decode(mask, most)))
    rows = device_check.random_rows()[0]
    assert rows.isfinite().all()
    # The first pair in order may be one that is too near its target to tell: lose the best of a row instead.
    without_row_5 = lambda mask, most: ((i[i != 5], j[i != 5]) for i, j in decode(mask, most))  # noqa: E731
    monkeypatch.setattr(device_check, "decode", without_row_5)
    assert not device_check.bits_are_sound(DEVICE, TILES)


@pytest.fixture
def gpu(monkeypatch):
    """A GPU, as far as it is asked before its kernels are tried."""

    class Gpu:
        type, index = "cuda", 0

        def __str__(self):
            return "cuda:0"

    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (9, 0))
    monkeypatch.setattr(torch.cuda, "device", lambda device: nullcontext())
    monkeypatch.setattr(launch, "INTERPRETED", False)
    return Gpu()


def test_a_device_that_keeps_the_model_is_served_by_triton(gpu, monkeypatch):
    monkeypatch.setattr(device_check, "keeps_the_model", lambda device: True)
    assert entry.kernels_for.__wrapped__(gpu) is launch


def test_a_device_that_breaks_the_model_is_not(gpu, monkeypatch):
    monkeypatch.setattr(device_check, "keeps_the_model", lambda device: False)
    with pytest.warns(RuntimeWarning, match="because cuda:0 adds products up with larger errors"):
        assert entry.kernels_for.__wrapped__(gpu) is plain


@pytest.mark.parametrize("error", [RuntimeError("Failed to find C compiler.\nmore"), OutOfResources(1, 2, "shared")])
def test_a_device_that_kernels_do_not_compile_for_is_not(error, gpu, monkeypatch):
    def fails(device):
        raise error

    monkeypatch.setattr(device_check, "keeps_the_model", fails)
    with pytest.warns(RuntimeWarning, match="because Triton's kernels do not run on cuda:0: (Failed to find|out of)"):
        assert entry.kernels_for.__wrapped__(gpu) is plain


def test_a_full_device_is_not_taken_for_a_broken_one(gpu, monkeypatch):
    def fails(device):
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(device_check, "keeps_the_model", fails)
    with pytest.raises(EmbdriftError, match="cuda:0 has too little free memory"):
        entry.kernels_for.__wrapped__(gpu)
