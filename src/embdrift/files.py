"""Where configs and the cache are, and files that are either whole or not there."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embdrift.errors import StorageError

_PACKAGE = Path(__file__).parent
ROOT = _PACKAGE if (_PACKAGE / "configs").is_dir() else _PACKAGE.parents[1]
"""The folder of `configs` and `experiments`: inside the package in a wheel, at the top of a checkout."""

CONFIGS = ROOT / "configs"


def cache_folder() -> Path:
    """The folder for what can be made again: `$EMBDRIFT_CACHE`, else the system's place for caches."""
    given = os.environ.get("EMBDRIFT_CACHE")
    if given:
        return Path(given).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "embdrift"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base).expanduser() if base else Path.home() / ".cache") / "embdrift"


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turn the system's complaint about writing `path` into one sentence.

    Raises:
        StorageError: when the disk is full, or the folder cannot be made or written
    """
    try:
        yield
    except (StorageError, BrokenPipeError):
        # A pipe is broken when whoever read the progress has gone; that is no complaint about `path`.
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(
            f"could not write {path}: {reason}; make room or choose another folder and run again: finished work is kept"
        ) from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; what is written there becomes `path` at once, on success only.

    Raises:
        StorageError: when the disk is full, or the folder cannot be made or written
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with storing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
