"""Opening what the user named, with one sentence where that cannot be done."""

import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

from embdrift.errors import EmbdriftError, InputError

UNREADABLE: tuple[type[Exception], ...] = (
    # What the format libraries raise on damaged bytes, found by flipping and cutting bytes of valid files.
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
REASON_LENGTH = 160


def nearest(word: str, known: list[str]) -> str:
    """A hint such as `; did you mean 'x'?`, empty where nothing is near."""
    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def regular_file(path: Path | str) -> Path:
    """The path with `~` written out, once it is known to be a file with something in it.

    Raises:
        InputError: when there is no such file, or it is a folder, no regular file, or empty
    """
    shown = Path(path)
    try:
        path = shown.expanduser()
        if not path.exists():
            raise InputError(f"{shown} does not exist{_nearest_file(path)}")
        if path.is_dir():
            raise InputError(f"{shown} is a folder; name a file in it")
        if not path.is_file():
            raise InputError(f"{shown} is not a regular file; copy what it gives into a file first")
        if path.stat().st_size == 0:
            raise InputError(f"{shown} is empty; make the file again")
    except (OSError, RuntimeError) as error:
        raise InputError(f"{shown} cannot be opened: {_reason(error)}") from error
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{str(shown)!r} is not a path: {_reason(error)}") from error
    return path


@contextmanager
def reading(path: Path, kind: str, *more: type[Exception]) -> Iterator[None]:
    """Turn what a format library raises on a damaged file into one sentence.

    Args:
        path: the file that is read
        kind: what the format is called, as in "cannot be read as {kind}"
        more: further exceptions that this format's library raises

    Raises:
        InputError: when the library cannot read the file
    """
    try:
        with warnings.catch_warnings():
            # Damaged headers make the libraries warn about what they are about to refuse.
            warnings.simplefilter("ignore")
            yield
    except EmbdriftError:
        raise
    except (*UNREADABLE, *more) as error:
        raise InputError(
            f"{path} cannot be read as {kind}: {_reason(error)}; check that it is complete and of the type its "
            "name says"
        ) from error


def _nearest_file(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f": there is no folder {folder}"
    return nearest(path.name, [entry.name for entry in folder.iterdir()])


def _reason(error: Exception) -> str:
    """The first line of the library's message, short enough for a sentence."""
    text = getattr(error, "strerror", None) or (str(error).strip().splitlines() or [type(error).__name__])[0]
    text = "".join(letter if letter.isprintable() else "?" for letter in str(text)).rstrip(".")
    return text if len(text) <= REASON_LENGTH else text[: REASON_LENGTH - 1] + "…"
