"""Small searches full of ties, duplicates and near-duplicates, in every type that vectors may have."""

from contextlib import contextmanager

import numba
import numpy as np
import torch
from hypothesis import strategies as st

from embdrift.types import DTYPES, Similarity

METRICS = list(Similarity)
FLOATING = [dtype for dtype in DTYPES if dtype.is_floating_point]


def wide(vectors):
    """The numbers that a tensor of any type stands for, float64."""
    return vectors.to(torch.float64).numpy()


def unit(rng, n, d, dtype=torch.float32):
    """Random vectors of length 1."""
    values = rng.normal(size=(n, d))
    return torch.from_numpy(values / np.linalg.norm(values, axis=1, keepdims=True)).to(dtype)


def tied_vectors(rng, n, d, dtype):
    """Vectors of few distinct numbers, many of them equal or one rounding apart, none of them zero."""
    values = rng.integers(0, 3, (n, d)).astype(np.float64)
    if dtype not in (torch.uint8,):
        values -= 1
    values[:, 0] += (values == 0).all(axis=1)
    copies = rng.random(n) < 0.3
    values[copies] = values[rng.integers(0, n, copies.sum())]
    vectors = torch.from_numpy(values).to(dtype)
    if dtype.is_floating_point:
        near = torch.from_numpy(rng.random((n, 1)) < 0.3)
        moved = vectors * (1 + torch.finfo(dtype).eps * torch.from_numpy(rng.integers(0, 3, (n, d)))).to(dtype)
        scaled = vectors * torch.from_numpy(rng.choice([0.5, 1.0, 3.0], (n, 1))).to(dtype)
        vectors = torch.where(near, moved, scaled)
    return vectors


@st.composite
def searches(draw, dtypes=DTYPES):
    """The arguments of a search: corpus, k, and options by name."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype, similarity = draw(st.sampled_from(dtypes)), draw(st.sampled_from(METRICS))
    n, d = draw(st.integers(2, 60)), draw(st.integers(1, 40))
    corpus = tied_vectors(rng, n, d, dtype)
    options = {"similarity": similarity}
    if draw(st.booleans()):
        theirs = draw(st.sampled_from([dtype, torch.float32]))
        options["queries"] = tied_vectors(rng, int(rng.integers(1, 20)), d, theirs)
    m = len(options.get("queries", corpus))
    if draw(st.booleans()):
        options["rows"] = rng.integers(0, m, int(rng.integers(1, m + 1)))
    if draw(st.booleans()):
        options["own"] = rng.integers(-1, n, len(options.get("rows", range(m))))
    if draw(st.booleans()):
        options["left_out"] = rng.choice(n, int(rng.integers(0, n - 1)), replace=False)
    k = draw(st.integers(1, n - 1 - len(options.get("left_out", ()))))
    return corpus, k, options


def oracle_arguments(corpus, options):
    """The same search for the oracle, in float64."""
    options = dict(options)
    if "queries" in options:
        options["queries"] = wide(options["queries"])
    return wide(corpus), options


def ordered_codes(bits):
    """Integers that sort like the bfloat16 numbers whose bits these are."""
    return bits ^ ((bits >> 15) & np.int16(0x7FFF))


@contextmanager
def numbers_of_threads():
    """A way through several numbers of threads, of torch and of numba, which are then as they were."""
    threads = torch.get_num_threads(), numba.get_num_threads()

    def each():
        for torch_threads, numba_threads in ((1, 1), (2, 1), (1, min(2, threads[1]))):
            torch.set_num_threads(torch_threads)
            numba.set_num_threads(numba_threads)
            yield torch_threads, numba_threads

    try:
        yield each()
    finally:
        torch.set_num_threads(threads[0])
        numba.set_num_threads(threads[1])
