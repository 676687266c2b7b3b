"""Gate files: YAML with a list of rules, read with one sentence for whatever is wrong."""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import Any

from embdrift.errors import InputError
from embdrift.gates.presets import FOLDER, preset_names
from embdrift.gates.rule import Better, Gate, Relative, Rule, Straddling
from embdrift.gates.yaml_text import read_yaml
from embdrift.metrics.catalog import is_metric, nearest_metrics, studies

SCOPES = ("corpus", "queries")


def read_gate(source: str | Path) -> Gate:
    """Read a gate.

    Args:
        source: the name of a preset (default, strict, lenient, absolute), or a YAML file with a list `rules`
    Returns:
        the gate, named after the preset, or after its file
    Raises:
        InputError: when there is no such preset or file, or a rule in it cannot be used
    """
    name = str(source)
    if name in preset_names():
        return Gate(name, _rules(FOLDER / f"{name}.yaml"))
    file = Path(source).expanduser()
    if not file.is_file():
        raise InputError(_no_gate(name, file))
    return Gate(name, _rules(file))


def _no_gate(name: str, file: Path) -> str:
    known = preset_names()
    if file.suffix or len(file.parts) > 1 or file.is_dir():
        kind = "is a folder" if file.is_dir() else "does not exist"
        return f"the gate file {file} {kind}: give a .yaml file with rules, or one of {', '.join(known)}"
    close = get_close_matches(name, known, n=1)
    hint = f", did you mean {close[0]!r}?" if close else ""
    return f"a gate must be one of {', '.join(known)}, or a .yaml file, got {name!r}{hint}"


def _rules(file: Path) -> tuple[Rule, ...]:
    content = read_yaml(file)
    if content is None:
        raise InputError(f"{file} is empty: a gate holds `rules:`, a list with at least one rule")
    if not isinstance(content, Mapping) or "rules" not in content:
        raise InputError(f"{file} must hold `rules:`, a list of rules, and holds {_kind(content)}")
    strange = [str(key) for key in content if key != "rules"]
    if strange:
        raise InputError(f"{file} holds {strange[0]!r} beside `rules`, and a gate holds nothing else")
    rules = content["rules"]
    if not isinstance(rules, list) or not rules:
        raise InputError(f"{file}: `rules` must be a list with at least one rule, got {_kind(rules)}")
    return tuple(_rule(one, f"{file}: rule {number}") for number, one in enumerate(rules, start=1))


def _rule(values: Any, where: str) -> Rule:
    if not isinstance(values, Mapping):
        raise InputError(f"{where} must be settings such as `figure: overlap`, got {_kind(values)}")
    known = [one.name for one in fields(Rule)]
    for key in values:
        if key not in known:
            close = get_close_matches(str(key), known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"they are {', '.join(known)}"
            raise InputError(f"{where} holds {key!r}, which is no setting of a rule: {hint}")
    for key in ("figure", "better"):
        if key not in values:
            raise InputError(f"{where} lacks `{key}`")
    named = f"{where} ({values['figure']})"
    settings = {str(key): _READERS[str(key)](value, f"{named}: `{key}`") for key, value in values.items()}
    if "target" in values and settings["better"] is not Better.target:
        raise InputError(f"{named}: `target` is for `better: target`, got better: {settings['better'].value}")
    try:
        return Rule(**settings)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _figure(value: Any, where: str) -> str:
    if isinstance(value, str) and is_metric(value):
        return value
    close = nearest_metrics(str(value))
    hint = f"did you mean {close}?" if close else "results/README.md lists them"
    raise InputError(f"{where} names a figure that no study measures, got {value!r}: {hint}")


def _choice(kind: type[Enum]) -> Callable[[Any, str], Enum]:
    def read(value: Any, where: str) -> Enum:
        known = [str(one.value) for one in kind]
        if value not in known:
            raise InputError(f"{where} must be one of {', '.join(known)}, got {value!r}")
        return kind(value)

    return read


def _word(known: tuple[str, ...]) -> Callable[[Any, str], str]:
    def read(value: Any, where: str) -> str:
        if value not in known:
            raise InputError(f"{where} must be one of {', '.join(known)}, got {value!r}")
        return str(value)

    return read


def _number(value: Any, where: str) -> float:
    # YAML 1.1 reads 1e-3 as a text, which nobody means
    number = None if isinstance(value, bool) else _as_float(value)
    if number is None or not math.isfinite(number):
        raise InputError(f"{where} must be a number such as 0.05, got {value!r}")
    return number


def _as_float(value: Any) -> float | None:
    try:
        return float(value) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError):
        return None


def _whole(least: int) -> Callable[[Any, str], int]:
    def read(value: Any, where: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InputError(f"{where} must be a whole number of at least {least}, got {value!r}")
        return value

    return read


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{where} must be true or false, got {value!r}")
    return value


def _cohort(value: Any, where: str) -> str:
    column, equals, _ = str(value).partition("=")
    if isinstance(value, str) and (value in ("", "*") or (column and equals)):
        return value
    raise InputError(f'{where} must be "" (all), "*" (every cohort), "column=*" or "column=value", got {value!r}')


def _kind(value: Any) -> str:
    names = {dict: "settings", list: "a list", str: "a text", type(None): "nothing"}
    kind = names.get(type(value), f"{value!r}")
    return "an empty list" if value == [] else kind


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "figure": _figure,
    "better": _choice(Better),
    "warn": _number,
    "fail": _number,
    "study": _word(studies()),
    "scope": _word(SCOPES),
    "k": _whole(1),
    "cohort": _cohort,
    "relative_to": _choice(Relative),
    "target": _number,
    "required": _flag,
    "least_n": _whole(0),
    "straddling": _choice(Straddling),
}
