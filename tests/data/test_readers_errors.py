import os
import re
import struct
import zipfile

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import save_file
from vector_files import IDS, WRITERS, values, with_header, with_heads, write_hdf5

from embdrift.data import read
from embdrift.data.vector_files import vector_readers
from embdrift.errors import InputError


def refusal(path, **options) -> str:
    with pytest.raises(InputError) as caught:
        read(path, **options)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    return message


def test_a_missing_file_is_named_with_the_nearest_one(tmp_path):
    np.save(tmp_path / "vectors.npy", values())
    assert "does not exist; did you mean 'vectors.npy'?" in refusal(tmp_path / "vektors.npy")
    assert "there is no folder" in refusal(tmp_path / "nowhere" / "v.npy")


def test_a_folder_is_refused(tmp_path):
    assert "is a folder; name a file in it" in refusal(tmp_path)


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "v.npy")
    assert "is not a regular file" in refusal(tmp_path / "v.npy")


def test_a_file_beyond_permission_is_one_sentence(tmp_path):
    np.save(tmp_path / "v.npy", values())
    (tmp_path / "v.npy").chmod(0)
    if os.access(tmp_path / "v.npy", os.R_OK):
        pytest.skip("this user may read everything")
    assert "Permission denied" in refusal(tmp_path / "v.npy")


@pytest.mark.parametrize("path", ["x" * 300 + ".npy", "~no-such-user-here/v.npy", "v\0.npy"])
def test_a_name_that_no_file_can_have_is_one_sentence(path):
    with pytest.raises(InputError):
        read(path)


@pytest.mark.parametrize("suffix", sorted(vector_readers()))
def test_an_empty_file_is_refused(tmp_path, suffix):
    (tmp_path / f"v{suffix}").touch()
    assert "is empty" in refusal(tmp_path / f"v{suffix}")


@pytest.mark.parametrize("suffix", sorted(vector_readers()))
def test_a_file_of_something_else_is_refused(tmp_path, suffix):
    (tmp_path / f"v{suffix}").write_text("id,a,b\n1,0.5,0.25\n" * 20)
    refusal(tmp_path / f"v{suffix}")


def test_an_unknown_suffix_lists_the_known_ones_and_the_nearest(tmp_path):
    for name, hint in (("v.npyy", "did you mean '.npy'?"), ("v", "'no ending' is none of .bvecs, .f16bin, .fbin")):
        (tmp_path / name).write_bytes(b"1")
        assert hint in refusal(tmp_path / name)


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_a_truncated_file_is_refused(tmp_path, kind):
    suffix, dtypes, write = WRITERS[kind]
    path = tmp_path / f"v{suffix}"
    write(path, values(dtypes[0], 50, 30))
    path.write_bytes(path.read_bytes()[:-7])
    refusal(path)


def test_a_truncated_npy_says_how_much_is_missing(tmp_path):
    np.save(tmp_path / "v.npy", values())
    (tmp_path / "v.npy").write_bytes((tmp_path / "v.npy").read_bytes()[:-4])
    assert "is cut short: 7 x 5 float32 needs 140 bytes and 136 are there" in refusal(tmp_path / "v.npy")


@pytest.mark.parametrize(("n", "d"), [(7, 6), (7, 4), (2**32 - 1, 2**32 - 1)])
def test_a_header_that_does_not_fit_the_size_is_refused(tmp_path, n, d):
    (tmp_path / "v.fbin").write_bytes(struct.pack("<II", n, d) + values().tobytes())
    assert "is cut short" in refusal(tmp_path / "v.fbin") if d != 4 else "longer than" in refusal(tmp_path / "v.fbin")


@pytest.mark.parametrize(("n", "d"), [(0, 5), (5, 0)])
def test_no_rows_and_no_dimensions_are_refused(tmp_path, n, d):
    array = np.empty((n, d), np.float32)
    rule = "holds no rows" if n == 0 else "dimension 0"
    np.save(tmp_path / "v.npy", array)
    np.savez(tmp_path / "v.npz", vectors=array)
    (tmp_path / "v.fbin").write_bytes(with_header(array))
    torch.save(torch.from_numpy(array), tmp_path / "v.pt")
    save_file({"v": torch.from_numpy(array)}, tmp_path / "v.safetensors")
    write_hdf5(tmp_path / "v.h5", {"train": array})
    for suffix in (".npy", ".npz", ".fbin", ".pt", ".safetensors", ".h5"):
        assert rule in refusal(tmp_path / f"v{suffix}")


@pytest.mark.parametrize("shape", [(35,), (7, 5, 1), ()])
def test_an_array_with_other_axes_than_two_is_refused(tmp_path, shape):
    np.save(tmp_path / "v.npy", np.ones(shape))
    assert f"got shape {shape}" in refusal(tmp_path / "v.npy")


def test_object_arrays_are_never_loaded(tmp_path):
    array = np.array([[1, "a"], [2, "b"]], dtype=object)
    np.save(tmp_path / "v.npy", array, allow_pickle=True)
    np.savez(tmp_path / "v.npz", vectors=array)
    np.savez(tmp_path / "w.npz", vectors=values(), ids=np.array(IDS, dtype=object))
    for name in ("v.npy", "v.npz", "w.npz"):
        assert "holds Python objects, which are never loaded" in refusal(tmp_path / name)


def test_a_pickle_under_any_name_is_never_run(tmp_path):
    sentinel = tmp_path / "ran"
    # the protocol 0 pickle of a call of os.mkdir
    evil = f"cos\nmkdir\n(S'{sentinel}'\ntR.".encode()
    for suffix in sorted(vector_readers()):
        (tmp_path / f"v{suffix}").write_bytes(evil)
        refusal(tmp_path / f"v{suffix}")
    with zipfile.ZipFile(tmp_path / "w.pt", "w") as archive:
        archive.writestr("w/data.pkl", evil)
        archive.writestr("w/version", "3\n")
        archive.writestr("w/byteorder", "little")
    assert "nothing else is ever loaded" in refusal(tmp_path / "w.pt")
    assert not sentinel.exists()


@pytest.mark.parametrize("array", [np.ones((2, 2), complex), np.full((2, 2), "a"), np.zeros((2, 2), "f4,f4")])
def test_values_that_are_no_numbers_are_refused(tmp_path, array):
    np.save(tmp_path / "v.npy", array)
    assert "holds values of type" in refusal(tmp_path / "v.npy")


def test_tensors_of_other_kinds_are_refused(tmp_path):
    for value, rule in (
        (torch.eye(3).to_sparse(), "dense tensor"),
        (torch.ones(2, 2, dtype=torch.complex64), "type complex64"),
        ([1, 2], "got list"),
        ({"a": 1}, "no tensor with two axes of numbers"),
    ):
        torch.save(value, tmp_path / "v.pt")
        assert rule in refusal(tmp_path / "v.pt")
    save_file({"v": torch.ones(2, 2).to(torch.float8_e4m3fn)}, tmp_path / "v.safetensors")
    assert "type F8_E4M3" in refusal(tmp_path / "v.safetensors")


@pytest.mark.parametrize(
    ("lists", "rule"),
    [
        ([[1.0, 2.0], None], "row 1 has no vector"),
        ([None, [1.0, 2.0]], "row 0 has no vector"),
        ([[1.0, 2.0], [1.0]], "row 1 has 1 dimensions, the first row has 2"),
        ([[1.0, 2.0], [1.0, None]], "row 1 has a missing value in dimension 1"),
        ([[], []], "dimension 0"),
        ([[["a"]], [["b"]]], "no column with two axes of numbers"),
    ],
)
def test_gaps_in_list_columns_are_refused_by_row(tmp_path, lists, rule):
    pq.write_table(pa.table({"vectors": lists}), tmp_path / "v.parquet")
    if rule == "dimension 0":
        pq.write_table(pa.table({"vectors": pa.array(lists, pa.list_(pa.float32()))}), tmp_path / "v.parquet")
    assert rule in refusal(tmp_path / "v.parquet")


def test_a_plain_column_is_no_vectors(tmp_path):
    pq.write_table(pa.table({"id": [1], "vectors": [[1.0]]}), tmp_path / "v.parquet")
    assert "column 'id': vectors need lists of numbers, got int64" in refusal(tmp_path / "v.parquet", column="id")


def test_rows_of_uneven_dimension_in_fvecs_are_refused(tmp_path):
    data = bytearray(with_heads(values()))
    data[24:28] = struct.pack("<i", 6)
    (tmp_path / "v.fvecs").write_bytes(data)
    assert "row 1 says dimension 6, the first row says 5" in refusal(tmp_path / "v.fvecs")


def test_a_dataset_in_another_file_is_not_followed(tmp_path):
    write_hdf5(tmp_path / "secret.h5", {"train": values()})
    with h5py.File(tmp_path / "v.h5", "w") as file:
        file["train"] = h5py.ExternalLink("secret.h5", "/train")
    assert re.search("no dataset with two axes", refusal(tmp_path / "v.h5"))
