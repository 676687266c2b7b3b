import json

import numpy as np
import pytest
import torch
from vector_files import IDS, D, N, values, write_parquet

from embdrift.data import ZeroVectors, read
from embdrift.errors import InputError
from embdrift.types import Similarity


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
