"""The settings of a run as text, from their declarations: for `embdrift run --help` and for README."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from embdrift.config.names import group_names
from embdrift.index import registered
from embdrift.numerics import Cell
from embdrift.settings import (
    ComputeSettings,
    DatasetSettings,
    EncoderSpec,
    RunSettings,
    Setting,
    VersionSettings,
    settings_of,
)
from embdrift.studies import STUDIES
from embdrift.studies.registry import studies_reading

MARKERS = ("<!-- settings: from src/embdrift/settings.py -->", "<!-- end of settings -->")
"""The lines of README between which its table of settings stands."""


def help_text() -> str:
    """Every setting of a run, with its help and default, grouped as on the command line."""
    return "\n".join(
        [
            "settings, each as KEY=VALUE:",
            *_entry("name", "names the run folder; a plain name"),
            *_entries("", RunSettings),
            "",
            "versions: reference, again (a second encoding of the reference), and each of the list candidates:",
            *_entries("reference.", VersionSettings),
            *_entries("reference.encoder.", EncoderSpec),
            "",
            f"data, presets dataset={_presets('dataset')}:",
            *_entries("dataset.", DatasetSettings),
            "",
            f"where to compute, presets compute={_presets('compute')}:",
            *_entries("compute.", ComputeSettings),
            *(line for study in STUDIES.values() for line in _study(study.name, study.options)),
        ]
    )


def _study(name: str, options: type[Any]) -> Iterator[str]:
    yield ""
    yield f"study {name}:"
    yield from _entries("study.", options)
    settings = settings_of(options)
    if "index" in settings:
        yield f"  index@study.index={_presets('index')}: a preset, or a type of index and its lists of values:"
        for kind, parameters in registered().items():
            yield from _entry(f"  study.index.{kind}", ", ".join(one.name for one in fields(parameters)) or "{}")
    if "ladder" in settings:
        yield f"  precision@study={_presets('precision')}: a preset, or a list of cells, each with:"
        yield from _entries("  ", Cell)


def _presets(group: str) -> str:
    return "|".join(group_names(group))


def _entries(prefix: str, group: type[Any]) -> Iterator[str]:
    for setting in settings_of(group).values():
        yield from _entry(f"{prefix}{setting.name}", f"{described(setting)}{_readers(setting.name, group)}")


def _entry(key: str, text: str) -> list[str]:
    indent = " " * 32
    lines = textwrap.wrap(_as_in_configs(text), 116, initial_indent=indent, subsequent_indent=indent)
    return [f"  {key:<30}{lines[0].strip()}", *lines[1:]]


def _as_in_configs(text: str) -> str:
    """Python's None is `null` in configs."""
    return re.sub(r"\bNone\b", "null", text)


def _readers(name: str, group: type[Any]) -> str:
    studies = studies_reading(name) if group is DatasetSettings else ()
    return f"; {' and '.join(studies)} only" if studies else ""


def described(setting: Setting) -> str:
    """What a setting sets, its choices and its default."""
    choices = f": {', '.join(setting.choices)}" if setting.choices else ""
    default = _written(setting.default)
    return f"{setting.help}{choices}" + (f" (default {default})" if default else "")


def _written(value: Any) -> str:
    """A default as a user would write it; empty where there is none to show."""
    if value is None or is_dataclass(value) or (isinstance(value, list) and any(map(is_dataclass, value))):
        return ""
    if isinstance(value, Enum):
        return str(value.value)
    return str(value).lower() if isinstance(value, bool) else str(value).replace(" ", "")


def readme_table() -> str:
    """The settings of the data set as a table in Markdown."""
    rows = [
        f"| `dataset.{name}` | {_as_in_configs(described(one))} | {_read_by(one)} |"
        for name, one in settings_of(DatasetSettings).items()
    ]
    return "\n".join(["| setting | what it sets | read by |", "|---|---|---|", *rows])


def with_current_table(readme: str) -> str:
    """README's text with the table as it follows from the declarations."""
    before, _, rest = readme.partition(MARKERS[0])
    _, _, after = rest.partition(MARKERS[1])
    return f"{before}{MARKERS[0]}\n{readme_table()}\n{MARKERS[1]}{after}"


def _read_by(setting: Setting) -> str:
    studies = studies_reading(setting.name)
    if studies:
        return ", ".join(f"`{name}`" for name in studies)
    return f"every study, where `{setting.needs}` is given" if setting.needs else "every study"
