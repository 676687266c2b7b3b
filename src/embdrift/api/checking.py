"""Arguments from Python, checked and converted."""

import operator
import warnings
from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar

from embdrift.errors import InputError
from embdrift.settings import BOTH_WORDS, METRIC_IS_OLD, RunSettings, Similarity, settings_of

Choice = TypeVar("Choice", bound=Enum)


def whole_number(name: str, value: object, *, least: int) -> int:
    """A whole number of any kind, NumPy's included, as Python's.

    Raises:
        InputError: when it is none, or below `least`
    """
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError as error:
        raise InputError(f"{name} must be a whole number, got {value!r}") from error
    if number < least:
        raise InputError(f"{name} must be at least {least}, got {number}")
    return number


def chosen(kind: type[Choice], name: str, value: object) -> Choice:
    """A member of an enumeration, or the one of that name.

    Raises:
        InputError: when there is none
    """
    for one in kind:
        if value is one or value == one.value:
            return one
    raise InputError(f"{name} must be one of {', '.join(str(one.value) for one in kind)}, got {value!r}")


def similarity_of(similarity: object, metric: object) -> Similarity:
    """The similarity that a caller named, by the word of today or by the old one.

    Args:
        similarity: a member, its name, or None for the default
        metric: the same, under the old word; a warning tells of the new one

    Raises:
        InputError: when both are given, or there is no such similarity
    """
    if metric is not None:
        if similarity is not None:
            raise InputError(BOTH_WORDS)
        warnings.warn(f"the keyword {METRIC_IS_OLD}", FutureWarning, stacklevel=3)
        similarity = metric
    default: Similarity = settings_of(RunSettings)["similarity"].default
    return default if similarity is None else chosen(Similarity, "similarity", similarity)


def named_versions(name: str, versions: object) -> dict[str, Any]:
    """Versions by name.

    Raises:
        InputError: when they are no mapping
    """
    if not isinstance(versions, Mapping):
        raise InputError(
            f"{name} must map names to vectors or files, such as {{'new': 'new.npy'}}, got {type(versions).__name__}"
        )
    return {str(called): source for called, source in versions.items()}
