import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from precision_cases import searcher

from embdrift.numerics import FLOATS, expectation, pair_scores, score_error
from embdrift.search import pair_scores as true_scores
from embdrift.types import Similarity
from number_formats import anisotropic, cell, sphere

CELLS = [
    cell(),
    cell(arithmetic="tf32"),
    cell("float16", kept="float16"),
    cell("bfloat16", "bfloat16", "bfloat16"),
    cell("float8_e4m3"),
    cell("float8_e5m2", "float16"),
    cell("float8_e4m3_vector", "bfloat16"),
    cell("int8_vector_affine"),
    cell("int8_dimension_symmetric", "float16", "float16"),
    cell("int4_dimension_affine", "tf32"),
    cell("bfloat16", "float64", "float64"),
]


def every_pair(n):
    return np.repeat(np.arange(n), n), np.tile(np.arange(n), n)


@pytest.mark.parametrize("similarity", list(Similarity))
@pytest.mark.parametrize("made", CELLS)
@given(seed=st.integers(0, 2**16), scale=st.sampled_from([0.1, 1.0, 30.0]))
@settings(max_examples=4, deadline=None)
def test_no_kept_score_strays_further_than_its_bounds(similarity, made, seed, scale):
    x = anisotropic(25, 31, seed) * scale
    search = searcher(x, made, similarity)
    rows, items = every_pair(25)
    kept = search.scores(np.arange(25), slice(0, 25)).astype(np.float64).ravel()
    stored = pair_scores(search.corpus, search.queries, rows, items, cell=made, similarity=similarity)
    assert (np.abs(kept - stored.scores) <= stored.bounds).all()
    true = true_scores(x, items.reshape(25, 25), queries=x, rows=np.arange(25), similarity=similarity).ravel()
    theory = expectation(x, x, (search.corpus, search.corpus), rows, items, cell=made, similarity=similarity)
    assert score_error(kept, true, theory, FLOATS[made.kept.value]).share_of_bound <= 1


@pytest.mark.parametrize(("storage", "expected"), [("float16", 1.5e-5), ("bfloat16", 1.2e-4)])
def test_score_errors_at_384_dimensions_agree_with_theory(storage, expected):
    """sqrt(2 / d) times 0.4246 unit roundoffs."""
    x = sphere(400, 384, seed=4)
    made = cell(storage, "float64", "float64")
    search = searcher(x, made)
    random = np.random.default_rng(0)
    rows, items = random.integers(0, 200, 4000), random.integers(200, 400, 4000)
    kept = pair_scores(
        search.corpus, search.queries, rows, items, cell=made, similarity=Similarity.inner_product
    ).scores
    true = (x.double()[rows] * x.double()[items]).sum(dim=1).numpy()
    theory = expectation(
        x, x, (search.corpus, search.corpus), rows, items, cell=made, similarity=Similarity.inner_product
    )
    error = score_error(kept, true, theory, FLOATS["float64"])
    assert error.expected == pytest.approx(expected, rel=0.03)
    assert error.rms == pytest.approx(error.expected, rel=0.05)


@pytest.mark.parametrize("similarity", [Similarity.cosine, Similarity.inner_product])
@pytest.mark.parametrize("made", [made for made in CELLS if "int4" not in made.storage.value])
def test_errors_have_the_size_that_theory_expects(similarity, made):
    x = sphere(300, 96, seed=5)
    search = searcher(x, made, similarity)
    rows = np.repeat(np.arange(100), 200)
    items = np.tile(np.arange(100, 300), 100)
    kept = search.scores(np.arange(100), slice(100, 300)).astype(np.float64).ravel()
    true = true_scores(x, items.reshape(100, 200), queries=x, rows=np.arange(100), similarity=similarity).ravel()
    theory = expectation(x, x, (search.corpus, search.corpus), rows, items, cell=made, similarity=similarity)
    error = score_error(kept, true, theory, FLOATS[made.kept.value])
    # float32's own sums err by more than their inputs' rounding, which is all that the expectation counts
    limit = 5 if made.storage.value == "float32" and made.arithmetic.value == "float32" else 1.1
    assert 1 / 1.1 <= error.rms / error.expected <= limit


def test_an_error_in_last_places_counts_units_of_the_kept_format():
    true = np.array([0.75])
    kept = np.array([0.75 + 3 * 2**-11])
    x = torch.ones(1, 1)
    search = searcher(x, cell(kept="float16"))
    zero = np.zeros(1, np.int64)
    theory = expectation(
        x, x, (search.corpus, search.corpus), zero, zero, cell=search.cell, similarity=Similarity.inner_product
    )
    assert score_error(kept, true, theory, FLOATS["float16"]).ulps.tolist() == [3.0]


def test_the_bound_on_a_gpu_is_wider_but_not_for_float32():
    x = sphere(20, 64)
    rows, items = every_pair(20)
    for arithmetic in ("tf32", "float16", "float32"):
        made = cell(arithmetic=arithmetic)
        search = searcher(x, made)
        here, there = (
            pair_scores(
                search.corpus, search.corpus, rows, items, cell=made, similarity=Similarity.cosine, cuda=cuda
            ).bounds
            for cuda in (False, True)
        )
        assert (there >= here).all()
        assert (there > here).any() == (arithmetic != "float32")
