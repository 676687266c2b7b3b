import numpy as np
import pytest
import torch
from cuda_cases import interpreter, unit

from embdrift.types import DTYPES
from oracles import defined_sum

DEVICE = interpreter()

from embdrift.search.cuda import kernels_for, launch  # noqa: E402 (needs Triton, without which the line above skips)
from embdrift.search.cuda.tiles import CONFIGURATIONS, SMALL, SPARE, WIDE, Tiles, choose_tiles  # noqa: E402


def test_searches_of_this_environment_are_interpreted():
    assert kernels_for(DEVICE) is launch


SIZES = [(1, 1), (5, 300), (130, 70), (257, 129)]


def side(rows, target=None, scale=None, half=None, error=None):
    """Float16 rows with their numbers for the filter."""
    ones, zeros = torch.ones(len(rows)), torch.zeros(len(rows))
    given = [zeros if target is None else target, ones if scale is None else scale]
    given += [zeros if half is None else half, zeros if error is None else error]
    return launch.Side(rows, *given)


def whole_numbers(seed, n, d=128):
    """Rows of small whole numbers, whose products float32 adds up exactly."""
    return torch.from_numpy(np.random.default_rng(seed).integers(-3, 4, (n, d))).to(torch.float16)


def pairs_of(mask, most=10**6):
    """The pairs of a mask as a matrix of bools; no pair may come twice."""
    found = torch.zeros(mask.n_rows, mask.n_columns, dtype=torch.int64)
    for rows, columns in launch.decode(mask, most):
        found.index_put_((rows.long(), columns.long()), torch.tensor(1), accumulate=True)
    assert found.max() <= 1
    return found.bool()


@pytest.mark.parametrize("tiles", [Tiles(64, 128), Tiles(128, 64), SMALL])
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_bits_are_the_scores_that_reach_the_row(n, m, tiles):
    a, b = whole_numbers(1, n), whole_numbers(2, m)
    target = torch.arange(n) % 7 * 6.0
    mask = launch.filter_pairs(side(a, target), side(b), launch.Shape(False, False, False), tiles)
    assert torch.equal(pairs_of(mask), a.float() @ b.float().T >= target[:, None])


def test_bits_reach_row_or_column_on_and_above_the_diagonal_only():
    rows = whole_numbers(3, 270)
    target = torch.arange(270) % 9 * 10.0
    products = rows.float() @ rows.float().T
    reached = (products >= target[:, None]) | (products >= target[None, :])
    left, right = side(rows, target).part(128, 200), side(rows, target).part(64, 270)
    shape = launch.Shape(False, False, True)
    mask = launch.filter_pairs(left, right, shape, Tiles(64, 64), shift=64)
    assert torch.equal(pairs_of(mask), reached.triu()[128:200, 64:])


@pytest.mark.parametrize("halves", [False, True])
@pytest.mark.parametrize("symmetric", [False, True])
def test_units_of_each_row_and_half_norms_enter_both_conditions(symmetric, halves):
    rng, rows = np.random.default_rng(4), whole_numbers(4, 100)
    target, half, error = (torch.from_numpy(rng.integers(0, 30, 100)).float() for _ in range(3))
    scale = torch.from_numpy(2.0 ** rng.integers(0, 3, 100)).float()
    given = side(rows, target, scale, half, error)
    mask = launch.filter_pairs(given, given, launch.Shape(True, halves, symmetric), Tiles(64, 64))
    needed = target[:, None] * scale + halves * scale[:, None] * half - error[:, None]
    reached = rows.float() @ rows.float().T >= needed
    expected = (reached | reached.T).triu() if symmetric else reached
    assert torch.equal(pairs_of(mask), expected)


@pytest.mark.parametrize("target", [-torch.inf, torch.inf])
def test_thresholds_that_everything_or_nothing_reaches(target):
    rows = whole_numbers(5, 100)
    given = side(rows, torch.full((100,), target))
    mask = launch.filter_pairs(given, given, launch.Shape(False, False, False), Tiles(64, 64))
    assert torch.equal(pairs_of(mask, most=700), torch.full((100, 100), target < 0))


def test_decoding_in_parts_gives_every_pair_once_in_one_order():
    rows = whole_numbers(6, 200)
    given = side(rows, torch.full((200,), 20.0))
    mask = launch.filter_pairs(given, given, launch.Shape(False, False, True), Tiles(64, 32))
    whole = [torch.cat(parts) for parts in zip(*launch.decode(mask, 10**6), strict=True)]
    pieces = list(launch.decode(mask, 100))
    parts = [torch.cat(part) for part in zip(*pieces, strict=True)]
    assert len(pieces) > 3
    assert all(torch.equal(a, b) for a, b in zip(whole, parts, strict=True))


def test_group_maxima_are_the_best_of_every_32_columns():
    a, b = whole_numbers(7, 70), whole_numbers(8, 130)
    scale, half = torch.from_numpy(2.0 ** (np.arange(130) % 3)).float(), torch.arange(130).float()
    error = torch.arange(70).float()
    left, right = side(a, error=error, scale=torch.full((70,), 2.0)), side(b, scale=scale, half=half)
    got = launch.group_maxima(left, right, launch.Shape(True, True, False), Tiles(64, 64))
    scores = (a.float() @ b.float().T - error[:, None] - 2 * half) / scale
    padded = torch.nn.functional.pad(scores, (0, 192 - 130), value=-torch.inf)
    assert torch.equal(got, padded.reshape(70, 6, 32).amax(2))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [1, 16, 17, 70])
def test_sums_of_pairs_have_the_bytes_of_the_definition(d, dtype):
    x, y = (20 * unit(9, 40, d)).to(dtype), (20 * unit(10, 30, d)).to(dtype)
    rng = np.random.default_rng(11)
    i, j = rng.integers(0, 40, 500), rng.integers(0, 30, 500)
    pairs = torch.from_numpy(i).int(), torch.from_numpy(j).int()
    a, b = x.double().numpy()[i], y.double().numpy()[j]
    for distance in (False, True):
        terms = [(p - q) * (p - q) if distance else p * q for p, q in zip(a.T, b.T, strict=True)]
        got = launch.pair_sums(x, y, pairs, distance=distance).numpy()
        assert got.tobytes() == defined_sum(terms).tobytes()


def test_configurations_fit_the_masks_words_and_a_multiple_of_the_padding():
    for tiles in (*CONFIGURATIONS, SMALL, SPARE, WIDE):
        assert tiles.columns % 32 == 0
        assert 64 % tiles.depth == 0
    assert choose_tiles(128, scaled=False) == SMALL
    assert choose_tiles(768, scaled=False) == WIDE
    assert choose_tiles(768, scaled=True) == SPARE
