import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from vector_files import IDS, values

from embdrift.data import ZeroVectors, checks, fingerprint, inspect_vectors, require_usable
from embdrift.errors import InputError
from embdrift.types import DTYPES, EmbeddingSet, Similarity

NAN, INF = float("nan"), float("inf")


def made(vectors, similarity=Similarity.cosine, has_ids=True) -> EmbeddingSet:
    vectors = torch.as_tensor(vectors)
    ids = np.array([f"item-{row}" for row in range(len(vectors))]) if has_ids else np.arange(len(vectors))
    return EmbeddingSet("v", vectors, ids, has_ids, similarity, source="v.npy")


@given(
    array=hnp.arrays(
        st.sampled_from(["f4", "f8", "f2"]),
        st.tuples(st.integers(1, 12), st.integers(1, 4)),
        elements=st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, NAN, INF, -INF]),
    ),
    block=st.integers(1, 5),
)
@settings(max_examples=150, deadline=None)
def test_the_report_agrees_with_its_definition(array, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "block_rows", lambda *_: block)
        report = inspect_vectors(made(array))
    finite = np.isfinite(array).all(axis=1)
    norms = np.array([np.sqrt(sum(float(x) ** 2 for x in row)) for row in array])
    assert (report.n, report.d, report.dtype) == (*array.shape, str(array.dtype))
    assert report.zero_rows.tolist() == np.flatnonzero((array == 0).all(axis=1)).tolist()
    assert report.non_finite_rows.tolist() == np.flatnonzero(~finite).tolist()
    assert report.non_finite_dimensions.tolist() == [
        next(j for j, x in enumerate(row) if not np.isfinite(x)) for row in array[~finite]
    ]
    expected = [f(norms[finite]) for f in (np.min, np.median, np.max)] if finite.any() else [NAN] * 3
    np.testing.assert_allclose((report.norm_min, report.norm_median, report.norm_max), expected)
    assert report.unit_length == bool(finite.all() and (np.abs(norms - 1) < 1e-4).all())
    assert report.fingerprint == fingerprint(torch.from_numpy(array))
    assert not len(report.extreme_rows)


@given(
    array=hnp.arrays(st.sampled_from(["f4", "f2", "i1", "u1"]), st.tuples(st.integers(1, 30), st.just(3)),
                     elements=st.sampled_from([0, 1])),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_duplicates_are_counted_as_python_would(array):
    report = inspect_vectors(made(array))
    rows = [tuple(row) for row in array.tolist()]
    repeated = {row for row in rows if rows.count(row) > 1}
    assert report.duplicate_vectors == len(rows) - len(set(rows))
    assert report.duplicate_groups == len(repeated)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_type_is_looked_at_in_its_own_bytes(dtype):
    vectors = torch.from_numpy(values()).to(dtype)
    vectors[5] = vectors[2]
    vectors[6] = vectors[2]
    vectors[0] = 0
    report = inspect_vectors(made(vectors))
    assert (report.duplicate_groups, report.duplicate_vectors, report.zero_rows.tolist()) == (1, 2, [0])
    assert report.dtype == str(dtype).removeprefix("torch.")


def test_minus_zero_equals_zero():
    for dtype in (torch.float32, torch.float16, torch.bfloat16, torch.float64):
        report = inspect_vectors(made(torch.tensor([[0.0, 1.0], [-0.0, 1.0]], dtype=dtype)))
        assert report.duplicate_vectors == 1


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_rounding_to_a_type_keeps_unit_length(dtype):
    vectors = torch.nn.functional.normalize(torch.from_numpy(values("float64", 50, 384) - 11)).to(dtype)
    assert inspect_vectors(made(vectors)).unit_length
    assert not inspect_vectors(made(vectors * 1.01)).unit_length


def test_integers_of_length_one_are_unit_vectors():
    assert inspect_vectors(made(torch.eye(3, dtype=torch.int8))).unit_length


def test_only_a_block_is_widened_at_a_time(monkeypatch):
    seen = []
    widen = checks.wide_norms
    monkeypatch.setattr(checks, "block_rows", lambda *_: 7)
    monkeypatch.setattr(checks, "wide_norms", lambda block: seen.append(len(block)) or widen(block))
    inspect_vectors(made(values(n=100)))
    assert seen == [7] * 14 + [2]


def test_a_block_stays_small_whatever_the_dimension():
    assert checks.block_rows(384, 8) * 384 * 8 <= 4 << 20
    assert checks.block_rows(10**9, 8) == 1


def test_progress_is_told_of_every_row():
    class Ear:
        def __init__(self):
            self.told = []

        def start(self, label, total, done=0):
            self.told.append((label, total))

        def advance(self, amount):
            self.told.append(amount)

        def finish(self):
            self.told.append("end")

    ear = Ear()
    inspect_vectors(made(values()), progress=ear)
    assert ear.told == [("checking v", 7), 7, "end"]


def usable(embedding_set, zero_vectors=ZeroVectors.error):
    return require_usable(embedding_set, inspect_vectors(embedding_set), zero_vectors=zero_vectors)


def test_good_vectors_leave_nothing_out():
    left_out = usable(made(values()))
    assert (left_out.dtype, left_out.shape) == (np.int64, (0,))


def test_values_that_are_not_finite_are_named_by_row_id_and_dimension():
    array = values()
    array[2, 3], array[5, 0] = NAN, -INF
    sentence = (
        "2 of 7 vectors hold NaN or infinite values: row 2 (id 'item-2') dimension 3, row 5 (id 'item-5') dimension 0"
    )
    with pytest.raises(InputError) as caught:
        usable(made(array))
    assert str(caught.value).startswith(f"v.npy: {sentence};")
    with pytest.raises(InputError, match="values: row 2 dimension 3, row 5 dimension 0;"):
        usable(made(array, has_ids=False))


def test_no_more_than_five_rows_are_named():
    with pytest.raises(InputError, match=r"row 4 \(id 'item-4'\) dimension 0, …;"):
        usable(made(np.full((7, 2), NAN)))


def test_zero_vectors_under_cosine_are_refused_or_left_out():
    array = values()
    array[[1, 4]] = 0
    with pytest.raises(InputError, match=r"2 of 7 vectors are zero, .* row 1 \(id 'item-1'\), row 4 .*leave_out"):
        usable(made(array))
    assert usable(made(array), ZeroVectors.leave_out).tolist() == [1, 4]


@pytest.mark.parametrize("similarity", [Similarity.l2, Similarity.inner_product])
def test_zero_vectors_are_fine_where_their_score_is_defined(similarity):
    array = values()
    array[1] = 0
    assert not len(usable(made(array, similarity)))


@pytest.mark.parametrize("choice", ZeroVectors)
def test_nothing_but_zero_vectors_is_refused(choice):
    with pytest.raises(InputError, match="zero"):
        usable(made(np.zeros((3, 2))), choice)


@pytest.mark.parametrize("value", [1e200, 1e-200, 1.7e308])
def test_lengths_whose_squares_leave_float64_are_refused(value):
    array = values("float64")
    array[3] = value
    report = inspect_vectors(made(array))
    assert report.extreme_rows.tolist() == [3]
    assert not len(report.non_finite_rows)
    assert not len(report.zero_rows)
    with pytest.raises(InputError, match=r"1 of 7 vectors have lengths outside 1e-140 to 1e\+150: row 3"):
        usable(made(array))


def test_ids_match_the_rows_they_are_named_for():
    assert made(values()).ids.tolist() == IDS
