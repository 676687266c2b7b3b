"""Where a sweep puts files that other processes read, and how they are removed again."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embdrift.files import storing

_PREFIX = "vectors-"


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """A folder of this process, removed at the end; those of processes that were killed are removed first.

    Raises:
        StorageError: when it cannot be made
    """
    for left in parent.glob(f"{_PREFIX}*"):
        if not _is_running(left.name.removeprefix(_PREFIX)):
            shutil.rmtree(left, ignore_errors=True)
    folder = parent / f"{_PREFIX}{os.getpid()}"
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_running(number: str) -> bool:
    if not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
