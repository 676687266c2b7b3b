"""Arguments from Python, checked and converted."""

import operator
from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar

from embdrift.errors import InputError

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
