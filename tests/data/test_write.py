import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from vector_files import IDS, N, values

from embdrift.data import read, write_vectors
from embdrift.errors import InputError, StorageError
from embdrift.types import DTYPES


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

    def crash(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("embdrift.data.write._write_json", crash)
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
