import json

import numpy as np
from vector_files import IDS, values, write_hdf5

from embdrift.data import inspect_file


def test_a_good_file_is_described(tmp_path):
    array = values()
    array[3] = array[1]
    np.save(tmp_path / "v.npy", array)
    (tmp_path / "v.ids.json").write_text(json.dumps(IDS))
    (tmp_path / "v.card.json").write_text(json.dumps({"model": "m\n1", "dimension": 5, "versions": {"torch": "2"}}))
    found = inspect_file(tmp_path / "v.npy")
    facts = dict(found.facts)
    assert not found.problems
    assert facts["vectors"] == "7 x 5, float32"
    assert facts["ids"] == f"7, such as 'item-0', from {tmp_path / 'v.ids.json'}"
    assert facts["lengths"].endswith("(not of unit length: cosine and inner product rank differently)")
    assert facts["zero vectors"] == facts["NaN, infinite"] == "none"
    assert facts["duplicates"] == "1 of 7 vectors are equal to an earlier one (groups of equal vectors: 1)"
    assert facts["card"] == "model m 1, dimension 5"
    assert found.embedding_set.ids.tolist() == IDS


def test_parts_of_a_file_are_listed(tmp_path):
    write_hdf5(tmp_path / "v.h5", {"train": values(), "test": values(), "neighbors": values("int32")})
    facts = dict(inspect_file(tmp_path / "v.h5").facts)
    assert facts["vectors"] == "7 x 5, float32, from 'train'"
    assert facts["also holds"] == "neighbors, test"
    assert facts["ids"] == "none, row numbers count instead"


def test_everything_that_is_wrong_is_told_at_once(tmp_path):
    array = values()
    array[2, 1] = np.nan
    array[3] = 0
    np.save(tmp_path / "v.npy", array)
    (tmp_path / "v.ids.json").write_text(json.dumps(["a"] * 7))
    (tmp_path / "v.card.json").write_text("[")
    found = inspect_file(tmp_path / "v.npy")
    assert [problem.count("must be unique") for problem in found.problems] == [1, 0, 0]
    assert "cannot be read as a version card" in found.problems[1]
    assert found.problems[2] == "1 of 7 vectors hold NaN or infinite values: row 2 dimension 1"
    assert dict(found.facts)["zero vectors"] == "1 of 7 vectors are zero, so their cosine is undefined: row 3"


def test_lengths_beyond_float64_are_a_problem(tmp_path):
    np.save(tmp_path / "v.npy", np.array([[1.0, 2.0], [1e200, 0.0]]))
    (problem,) = inspect_file(tmp_path / "v.npy").problems
    assert problem.startswith("1 of 2 vectors have lengths outside")


def test_an_unreadable_file_has_a_problem_and_no_set(tmp_path):
    found = inspect_file(tmp_path / "none.npy")
    assert found.embedding_set is None
    assert len(found.problems) == 1
