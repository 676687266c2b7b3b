"""The command line's own flags as Hydra overrides, quoted so that any path survives."""

from collections.abc import Mapping, Sequence

from embdrift.errors import InputError

Value = str | int | bool | None | Sequence["Value"] | Mapping[str, "Value"]


def override(key: str, value: Value) -> str:
    """`key=value` in Hydra's grammar, such that composing gives the value back unchanged."""
    return f"{key}={quoted(value)}"


def quoted(value: Value) -> str:
    r"""A value in Hydra's grammar.

    Strings are always quoted. Inside quotes the grammar takes a backslash as itself unless it stands before a quote or
    at the end, where it must be doubled; `${` would start an interpolation and is escaped for OmegaConf.

    Raises:
        InputError: for a string that OmegaConf would take for a missing value

    Example:
        >>> quoted("a,b=[c] {d}.npy")
        "'a,b=[c] {d}.npy'"
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _quoted_string(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{quoted(one)}" for key, one in value.items()) + "}"
    return "[" + ",".join(quoted(one) for one in value) + "]"


def _quoted_string(text: str) -> str:
    if text == "???":
        raise InputError("a name or path cannot be '???', which configs read as a missing value; rename it")
    return "'" + _escape_quotes(_escape_interpolation(text)) + "'"


def _escape_interpolation(text: str) -> str:
    r"""OmegaConf reads `\${` as a literal `${`, and there alone halves the backslashes before it."""
    parts = text.split("${")
    for at in range(len(parts) - 1):
        slashes = len(parts[at]) - len(parts[at].rstrip("\\"))
        parts[at] += "\\" * slashes + "\\"
    return "${".join(parts)


def _escape_quotes(text: str) -> str:
    escaped, slashes = "", 0
    for character in text:
        if character == "'":
            escaped += "\\" * slashes + "\\"
        slashes = slashes + 1 if character == "\\" else 0
        escaped += character
    return escaped + "\\" * slashes
