import errno

import numpy as np
import pytest

from embdrift.data import memory_maps
from embdrift.data.memory_maps import gather
from embdrift.errors import StorageError

BLOCKS = [np.arange(6, dtype=np.float32), np.arange(6, 12, dtype=np.float32).reshape(2, 3)]
WHOLE = np.arange(12, dtype=np.float32).reshape(4, 3)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBDRIFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(memory_maps, "MEMORY_BYTES", 0)
    return tmp_path / "cache"


def test_small_results_lie_in_memory(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBDRIFT_CACHE", str(tmp_path / "cache"))
    np.testing.assert_array_equal(gather(iter(BLOCKS), (4, 3), np.dtype("f4")), WHOLE)
    assert not (tmp_path / "cache").exists()


def test_large_results_lie_in_a_file_without_a_name(cache):
    found = gather(iter(BLOCKS), (4, 3), np.dtype("f4"))
    np.testing.assert_array_equal(found, WHOLE)
    assert list((cache / "scratch").iterdir()) == []
    found[0, 0] = 5  # copy on write
    assert found[0, 0] == 5


@pytest.mark.parametrize("shape", [(3, 3), (5, 3)])
@pytest.mark.parametrize("limit", [0, 1 << 30])
def test_more_or_less_than_promised_is_refused(cache, monkeypatch, shape, limit):
    monkeypatch.setattr(memory_maps, "MEMORY_BYTES", limit)
    with pytest.raises(ValueError, match=f"{3 * shape[0]} values were promised, 12 were found"):
        gather(iter(BLOCKS), shape, np.dtype("f4"))


def test_a_full_disk_is_a_storage_error(cache, monkeypatch):
    class Full:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(memory_maps.tempfile, "TemporaryFile", lambda **_: Full())
    with pytest.raises(StorageError, match="No space left on device"):
        gather(iter(BLOCKS), (4, 3), np.dtype("f4"))
