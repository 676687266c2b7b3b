"""YAML as plain data: no code, no key twice, every complaint a sentence with its line."""

from pathlib import Path
from typing import Any

import yaml

from embdrift.errors import InputError


class _Loader(yaml.SafeLoader):
    """Complains about a key that is given twice, where YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is given twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def read_yaml(file: Path) -> Any:
    """What a YAML file holds, as dictionaries, lists, texts and numbers.

    Raises:
        InputError: when there is no such file, or it is not UTF-8 or not YAML
    """
    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} must be UTF-8, but byte {error.start} is not: convert it first") from error
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror or error}): check the path") from error
    try:
        return yaml.load(text, _Loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"{file} cannot be read as YAML: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0] or type(error).__name__
    return problem if mark is None else f"line {mark.line + 1}: {problem}"
