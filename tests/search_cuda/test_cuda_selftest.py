import pytest
import torch
from cuda_cases import interpreter, unit

DEVICE = interpreter()

import embdrift.search.cuda.selftest as selftest  # noqa: E402 (needs Triton, without which the line above skips)
from embdrift.search import search_task  # noqa: E402
from embdrift.search.cuda import blocks, cuda_blocks  # noqa: E402
from embdrift.search.cuda.tiles import Tiles  # noqa: E402

TILES = Tiles(128, 128)


def test_float32_sums_keep_the_model():
    assert selftest.sums_are_sound(DEVICE, TILES)
    assert selftest.bits_are_sound(DEVICE, TILES)


@pytest.mark.parametrize("bits", [11, 14, 18])
def test_an_adder_that_keeps_too_few_bits_is_found_out(bits, monkeypatch):
    def coarse(left, right, tiles):
        total = torch.zeros(len(left), len(right), dtype=torch.float64)
        for k in range(0, left.shape[1], 16):
            total += left[:, k : k + 16].double() @ right[:, k : k + 16].double().T
            fraction, exponent = torch.frexp(total)
            total = torch.ldexp((fraction * 2.0**bits).trunc() / 2.0**bits, exponent)
        return total.float()

    monkeypatch.setattr(selftest, "products", coarse)
    assert not selftest.sums_are_sound(DEVICE, TILES)


def test_a_filter_that_loses_a_pair_is_found_out(monkeypatch):
    decode = selftest.decode
    monkeypatch.setattr(selftest, "decode", lambda mask, most: ((i[1:], j[1:]) for i, j in decode(mask, most)))
    rows = selftest.random_rows()[0]
    assert rows.isfinite().all()
    # The first pair in order may be one that is too near its target to tell: lose the best of a row instead.
    monkeypatch.setattr(selftest, "decode", lambda mask, most: ((i[i != 5], j[i != 5]) for i, j in decode(mask, most)))
    assert not selftest.bits_are_sound(DEVICE, TILES)


def test_a_device_that_breaks_the_model_searches_in_plain_torch_after_a_warning(monkeypatch):
    import embdrift.search.cuda.proof as proof

    class Gpu:
        type, index = "cuda", 0

        def __str__(self):
            return "cuda:0"

    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (9, 0))
    monkeypatch.setattr(torch.cuda, "device", lambda device: torch.no_grad())
    monkeypatch.setattr(selftest, "keeps_the_model", lambda device: False)
    monkeypatch.setattr(proof, "proven_blocks", lambda *a, **k: pytest.fail("the fast path was taken"))
    plain = blocks.plain_blocks
    monkeypatch.setattr(blocks, "plain_blocks", lambda task, device, start: plain(task, DEVICE, start=start))
    with pytest.warns(RuntimeWarning, match="cuda:0 adds products up with larger errors"):
        (table,) = cuda_blocks(search_task(unit(1, 30, 5), 3), Gpu())
    assert table.q == 30


def test_an_old_device_searches_in_plain_torch(monkeypatch):
    class Gpu:
        type = "cuda"

    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (8, 0))
    assert not blocks.fast_path(Gpu())
