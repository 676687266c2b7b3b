import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.torch import save_file
from vector_files import IDS, WRITERS, D, N, values, with_header, with_heads, write_hdf5, write_parquet

from embdrift.data import read
from embdrift.errors import InputError


@st.composite
def files(draw):
    kind = draw(st.sampled_from(sorted(WRITERS)))
    suffix, dtypes, write = WRITERS[kind]
    shape = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    return suffix, write, draw(hnp.arrays(draw(st.sampled_from(dtypes)), shape))


@given(file=files())
@settings(max_examples=250, deadline=None)
def test_every_format_gives_back_the_bytes_it_was_given(tmp_path_factory, file):
    suffix, write, array = file
    path = tmp_path_factory.mktemp("round") / f"v{suffix}"
    write(path, array)
    vectors = read(path).vectors
    assert str(vectors.dtype) == f"torch.{array.dtype}"
    assert tuple(vectors.shape) == array.shape
    assert vectors.contiguous().numpy().tobytes() == array.tobytes()


@pytest.mark.parametrize("kind", sorted(WRITERS))
@pytest.mark.parametrize("shape", [(1, 1), (300, 7)])
def test_every_format_reads_one_value_and_many_rows(tmp_path, kind, shape):
    suffix, dtypes, write = WRITERS[kind]
    array = values(dtypes[0], *shape)
    write(tmp_path / f"v{suffix}", array)
    (tmp_path / f"v{suffix}").rename(tmp_path / f"v{suffix.upper()}")
    np.testing.assert_array_equal(read(tmp_path / f"v{suffix.upper()}").vectors, array)


def test_bfloat16_keeps_its_type(tmp_path):
    vectors = torch.from_numpy(values()).bfloat16()
    save_file({"vectors": vectors}, tmp_path / "v.safetensors", metadata={"made": "by hand"})
    torch.save(vectors, tmp_path / "v.pt")
    for name in ("v.safetensors", "v.pt"):
        found = read(tmp_path / name).vectors
        assert found.dtype == torch.bfloat16
        assert torch.equal(found, vectors)


@pytest.mark.parametrize("kind", ["npy", "npz stored", "safetensors", "hdf5", "fvecs", "fbin", "pt tensor"])
def test_formats_that_allow_it_are_mapped_and_writing_leaves_the_file_alone(tmp_path, kind):
    suffix, _, write = WRITERS[kind]
    path = tmp_path / f"v{suffix}"
    write(path, values())
    before = path.read_bytes()
    vectors = read(path).vectors
    maps = Path("/proc/self/maps")
    assert not maps.exists() or str(path) in maps.read_text()
    vectors[0, 0] = -1
    assert path.read_bytes() == before


@pytest.mark.parametrize("dtype", ["int16", "int32", "int64", "uint16", "bool"])
def test_other_integers_are_widened_without_loss(tmp_path, dtype):
    array = values(dtype)
    np.save(tmp_path / "v.npy", array)
    vectors = read(tmp_path / "v.npy").vectors
    assert vectors.dtype == (torch.uint8 if dtype == "bool" else torch.float32)
    np.testing.assert_array_equal(vectors, array)


def test_integers_that_float32_cannot_hold_are_refused(tmp_path):
    np.save(tmp_path / "v.npy", np.array([[1, 2**24 + 1]]))
    with pytest.raises(InputError, match=r"from 1 to 16777217, which float32 cannot hold exactly; save it as float64"):
        read(tmp_path / "v.npy")


@pytest.mark.parametrize("array", [values(">f4"), np.asfortranarray(values()), values()[::-1, ::2]])
def test_foreign_orders_are_read_as_rows(tmp_path, array):
    np.save(tmp_path / "v.npy", array)
    np.savez_compressed(tmp_path / "v.npz", vectors=array)
    for name in ("v.npy", "v.npz"):
        vectors = read(tmp_path / name).vectors
        assert vectors.stride(1) == 1
        np.testing.assert_array_equal(vectors, array)


def test_ivecs_and_ibin_are_widened(tmp_path):
    (tmp_path / "v.ivecs").write_bytes(with_heads(values("int32")))
    (tmp_path / "v.ibin").write_bytes(with_header(values("int32")))
    for name in ("v.ivecs", "v.ibin"):
        np.testing.assert_array_equal(read(tmp_path / name).vectors, values("int32"))


def test_ids_inside_a_file_are_found(tmp_path):
    array, numbers = values(), np.arange(N) + 10
    np.savez(tmp_path / "a.npz", vectors=array, ids=np.array(IDS))
    np.savez_compressed(tmp_path / "b.npz", vectors=array, ids=numbers)
    save_file({"vectors": torch.from_numpy(array), "ids": torch.from_numpy(numbers)}, tmp_path / "c.safetensors")
    write_parquet(tmp_path / "d.parquet", array, id=IDS)
    write_parquet(tmp_path / "e.parquet", array, id=numbers, lang=["en"] * N)
    write_hdf5(tmp_path / "f.h5", {"train": array, "ids": np.array(IDS, dtype="S")})
    torch.save({"vectors": torch.from_numpy(array), "ids": IDS}, tmp_path / "g.pt")
    torch.save({"vectors": torch.from_numpy(array), "ids": torch.from_numpy(numbers)}, tmp_path / "h.pt")
    for name, expected in zip(
        ("a.npz", "b.npz", "c.safetensors", "d.parquet", "e.parquet", "f.h5", "g.pt", "h.pt"),
        (IDS, numbers, numbers, IDS, numbers, IDS, IDS, numbers),
        strict=True,
    ):
        found = read(tmp_path / name)
        assert found.has_ids, name
        assert found.ids.tolist() == list(expected), name
        assert found.ids.dtype.kind in "Ui"


def test_column_chooses_the_part_of_a_file(tmp_path):
    write_hdf5(tmp_path / "v.h5", {"train": values(), "test": values(seed=1), "group/deep": values(seed=2)})
    np.testing.assert_array_equal(read(tmp_path / "v.h5").vectors, values())
    np.testing.assert_array_equal(read(tmp_path / "v.h5", column="test").vectors, values(seed=1))
    np.testing.assert_array_equal(read(tmp_path / "v.h5", column="group/deep").vectors, values(seed=2))
    with pytest.raises(
        InputError, match=r"no dataset 'tset': it holds 'group/deep', 'test', 'train'; did you mean 'te"
    ):
        read(tmp_path / "v.h5", column="tset")


def test_two_candidates_without_a_usual_name_ask_for_a_column(tmp_path):
    np.savez(tmp_path / "v.npz", old=values(), new=values(seed=1))
    with pytest.raises(InputError, match=r"several arrays that may be the vectors: 'old', 'new'; name one as `column`"):
        read(tmp_path / "v.npz")
    assert read(tmp_path / "v.npz", column="new").vectors.shape == (N, D)


def test_hdf5_behind_a_user_block_is_read_from_the_right_place(tmp_path):
    import h5py

    with h5py.File(tmp_path / "v.h5", "w", userblock_size=512) as file:
        file["train"] = values()
    np.testing.assert_array_equal(read(tmp_path / "v.h5").vectors, values())


def test_a_file_larger_than_memory_can_be_mapped(tmp_path):
    d = 4096
    n = 2 * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // (4 * d)
    with (tmp_path / "v.fbin").open("wb") as file:
        file.write(n.to_bytes(4, "little") + d.to_bytes(4, "little"))
        try:
            file.truncate(8 + 4 * n * d)  # a hole, which takes no room
        except OSError as error:
            pytest.skip(f"this file system has no files with holes of that size: {error}")
    assert read(tmp_path / "v.fbin").vectors[-1, -1] == 0
