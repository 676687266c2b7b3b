import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from vector_files import IDS, D, N, values, write_parquet

from embdrift.data import ZeroVectors, read, write_vectors
from embdrift.data.vectors import unit_rows
from embdrift.errors import InputError, StorageError
from embdrift.types import DTYPES, Similarity


@pytest.fixture
def path(tmp_path):
    np.save(tmp_path / "bge-v1.5.npy", values())
    return tmp_path / "bge-v1.5.npy"


def test_a_file_alone_has_row_numbers_and_its_own_name(path):
    found = read(path)
    assert (found.name, found.has_ids, found.similarity, dict(found.card)) == ("bge-v1.5", False, Similarity.cosine, {})
    assert found.ids.tolist() == list(range(N))
    assert found.source == str(path)


def test_name_and_metric_are_taken_from_the_caller(path):
    found = read(str(path), name="old", similarity=Similarity.l2)
    assert (found.name, found.similarity) == ("old", Similarity.l2)


def test_ids_and_card_beside_the_file_are_found_by_its_whole_stem(path):
    path.with_name("bge-v1.5.ids.txt").write_text("\n".join(IDS))
    path.with_name("bge-v1.5.card.json").write_text('{"model": "bge"}')
    path.with_name("bge-v1.ids.json").write_text("[1]")
    found = read(path)
    assert found.has_ids
    assert found.ids.tolist() == IDS
    assert found.card == {"model": "bge"}


def test_ids_named_come_before_those_inside_and_these_before_those_beside(tmp_path):
    write_parquet(tmp_path / "v.parquet", values(), id=IDS)
    (tmp_path / "v.ids.json").write_text(json.dumps([f"beside-{row}" for row in range(N)]))
    (tmp_path / "given.json").write_text(json.dumps([f"given-{row}" for row in range(N)]))
    assert read(tmp_path / "v.parquet").ids[0] == "item-0"
    assert read(tmp_path / "v.parquet", ids=tmp_path / "given.json").ids[0] == "given-0"


def test_duplicate_ids_are_named_with_their_rows(path):
    path.with_name("ids.json").write_text(json.dumps(["a", "b", "a", "c", "b", "a", "d"]))
    with pytest.raises(
        InputError, match=r"3 rows repeat an earlier one: 'a' in rows 0 and 2; 'b' in rows 1 and 4; 'a' in rows 0 and 5"
    ):
        read(path, ids=path.with_name("ids.json"))


def test_ids_of_another_length_are_refused(path):
    path.with_name("ids.txt").write_text("a\nb\n")
    with pytest.raises(
        InputError, match=r"holds 7 vectors and .*ids.txt 2 ids; give the file of ids that belongs to it"
    ):
        read(path, ids=path.with_name("ids.txt"))


def test_one_id_too_few_in_a_csv_points_to_its_first_line(path):
    path.with_name("ids.csv").write_text("\n".join(IDS))
    with pytest.raises(InputError, match="does it lack a line with the column's name"):
        read(path, ids=path.with_name("ids.csv"))


def test_truncate_takes_the_first_dimensions(path):
    found = read(path, truncate=3)
    np.testing.assert_array_equal(found.vectors, values()[:, :3])
    assert found.card == {"truncate": 3}


@pytest.mark.parametrize("truncate", [0, -1, D + 1])
def test_truncate_out_of_range_is_refused(path, truncate):
    with pytest.raises(InputError, match=rf"truncate must be between 1 and the dimension 5, got {truncate}"):
        read(path, truncate=truncate)


@pytest.mark.parametrize("card", ["[1]", "{", "\xff", "[" * 100_000])
def test_a_card_that_is_no_json_object_is_refused(path, card):
    path.with_name("bge-v1.5.card.json").write_text(card, encoding="latin-1")
    with pytest.raises(InputError, match=r"bge-v1.5.card.json (must hold a JSON object|cannot be read)"):
        read(path)


def test_normalize_gives_unit_length_after_truncation(path):
    found = read(path, truncate=3, normalize=True)
    expected = values("float64")[:, :3] / np.linalg.norm(values("float64")[:, :3], axis=1, keepdims=True)
    assert found.vectors.dtype == torch.float32
    np.testing.assert_allclose(found.vectors, expected, rtol=1e-6)
    assert found.card == {"truncate": 3, "normalize": True}


def test_normalize_refuses_zero_vectors_or_keeps_them(tmp_path):
    array = values()
    array[4] = 0
    np.save(tmp_path / "v.npy", array)
    with pytest.raises(InputError, match="the vector in row 4 is zero and cannot be given length 1"):
        read(tmp_path / "v.npy", normalize=True)
    found = read(tmp_path / "v.npy", normalize=True, zero_vectors=ZeroVectors.leave_out)
    assert not found.vectors[4].any()
    np.testing.assert_allclose(found.vectors[:4].norm(dim=1), 1, rtol=1e-6)


def test_float64_stays_float64_and_survives_squares_out_of_range():
    vectors = torch.tensor([[3e200, 4e200], [3e-200, 4e-200], [5e-324, 0]], dtype=torch.float64)
    found = unit_rows(vectors, "x")
    assert found.dtype == torch.float64
    np.testing.assert_allclose(found, [[0.6, 0.8], [0.6, 0.8], [1, 0]], rtol=1e-15)


def test_integers_and_halves_become_float32():
    for dtype in (torch.int8, torch.uint8, torch.float16, torch.bfloat16):
        vectors = torch.tensor([[3, 4], [0, 7]]).to(dtype)
        found = unit_rows(vectors, "x")
        assert found.dtype == torch.float32
        np.testing.assert_array_equal(found, np.float32([[0.6, 0.8], [0, 1]]))


def test_rows_that_are_not_finite_stay_for_validation_to_name():
    vectors = torch.tensor([[1.0, float("nan")], [float("inf"), 2.0], [0.0, 2.0]])
    found = unit_rows(vectors, "x")
    np.testing.assert_array_equal(found, [[1, np.nan], [np.inf, 2], [0, 1]])


def test_blocks_do_not_change_the_result_and_bound_what_is_widened(monkeypatch):
    import embdrift.data.vectors as module

    vectors = torch.from_numpy(values(n=100))
    whole = unit_rows(vectors, "x")
    seen = []
    widen = module.wide_norms
    monkeypatch.setattr(module, "block_rows", lambda *_: 7)
    monkeypatch.setattr(module, "wide_norms", lambda block: seen.append(len(block)) or widen(block))
    assert torch.equal(unit_rows(vectors, "x"), whole)
    assert seen == [7] * 14 + [2]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("suffix", [".npy", ".safetensors"])
def test_what_is_written_is_read_again(tmp_path, dtype, suffix):
    if dtype is torch.bfloat16 and suffix == ".npy":
        pytest.skip("NumPy knows no bfloat16")
    vectors = torch.from_numpy(values()).to(dtype)
    card = {"model": "é", "dimension": 5}
    write_vectors(tmp_path / f"v.1{suffix}", vectors, IDS, card)
    found = read(tmp_path / f"v.1{suffix}")
    assert torch.equal(found.vectors, vectors)
    assert found.vectors.dtype == dtype
    assert found.ids.tolist() == IDS
    assert found.card == card


def test_the_libraries_of_the_formats_read_what_is_written(tmp_path):
    vectors = torch.from_numpy(values())
    write_vectors(tmp_path / "v.npy", vectors, None, {})
    write_vectors(tmp_path / "v.safetensors", vectors.bfloat16(), None, {})
    np.testing.assert_array_equal(np.load(tmp_path / "v.npy"), vectors)
    assert torch.equal(load_file(tmp_path / "v.safetensors")["vectors"], vectors.bfloat16())


def test_numbers_stay_numbers_and_no_ids_leave_no_file(tmp_path):
    write_vectors(tmp_path / "v.npy", torch.from_numpy(values()), np.arange(N) + 5, {})
    assert read(tmp_path / "v.npy").ids.dtype == np.int64
    write_vectors(tmp_path / "v.npy", torch.from_numpy(values()), None, {})
    assert not read(tmp_path / "v.npy").has_ids


def test_the_card_comes_last_and_that_of_an_earlier_set_goes_first(tmp_path, monkeypatch):
    path = tmp_path / "v.npy"
    write_vectors(path, torch.from_numpy(values()), IDS, {"version": 1})

    def crash(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("json.dumps", crash)  # the first file after the vectors is JSON: ids, then the card
        with pytest.raises(KeyboardInterrupt):
            write_vectors(path, torch.from_numpy(values(seed=1)), IDS, {"version": 2})
    found = read(path)
    assert not found.card
    assert not found.has_ids


def test_a_view_with_strides_is_written_as_rows(tmp_path):
    vectors = torch.from_numpy(values())[:, :3]
    write_vectors(tmp_path / "v.npy", vectors, None, {})
    assert torch.equal(read(tmp_path / "v.npy").vectors, vectors)


@pytest.mark.parametrize(
    ("name", "dtype", "ids", "rule"),
    [
        ("v.npy", torch.bfloat16, IDS, "end the name in .safetensors"),
        ("v.csv", torch.float32, IDS, "must end in .npy or .safetensors, got '.csv'"),
        ("v.npy", torch.float32, IDS[:-1], "7 vectors need 7 ids, got 6"),
        ("v.npy", torch.float32, ["a"] * N, "ids must be unique"),
    ],
)
def test_what_cannot_be_read_again_is_not_written(tmp_path, name, dtype, ids, rule):
    with pytest.raises(InputError, match=rule):
        write_vectors(tmp_path / name, torch.from_numpy(values()).to(dtype), ids, {})
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="could not write"):
        write_vectors(tmp_path / "file" / "v.npy", torch.from_numpy(values()), None, {})


def test_the_card_is_readable_json(tmp_path):
    write_vectors(tmp_path / "v.npy", torch.from_numpy(values()), None, {"a": [1, None]})
    assert json.loads((tmp_path / "v.card.json").read_text()) == {"a": [1, None]}
