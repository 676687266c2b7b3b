"""The names that a config can use, and the nearest to a wrong one."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, get_args

from embdrift.config.schema import RunConfig
from embdrift.files import CONFIGS, ROOT
from embdrift.settings import settings_of
from embdrift.studies import STUDIES

EXPERIMENT_ROOTS: list[Path] = []
"""Folders that hold a folder `experiments` of the user's own; searched before embdrift's."""


def experiment_roots() -> list[Path]:
    """Folders that hold a folder `experiments`, in the order of search."""
    return [*EXPERIMENT_ROOTS, ROOT]


def experiment_files() -> dict[str, Path]:
    """Experiments that a name can choose, and their files; a user's own come before embdrift's of the same name."""
    folders = [root / "experiments" for root in experiment_roots()]
    found = [path for folder in reversed(folders) for path in sorted(folder.glob("*.yaml")) if path.is_file()]
    return {path.stem: path for path in found}


def experiment_names() -> list[str]:
    """Experiments that a name can choose."""
    return sorted(experiment_files())


def group_names(group: str) -> list[str]:
    """Choices of a config group."""
    return sorted(path.stem for path in (CONFIGS / group).glob("*.yaml"))


def all_keys() -> list[str]:
    """Every setting of a run, with dots; those of a version in a list as `candidates.name`."""
    own = _keys(RunConfig, "")
    return sorted({*own, *(key for study in STUDIES.values() for key in _keys(study.options, "study."))})


def _keys(kind: type, prefix: str) -> Iterator[str]:
    for name, setting in settings_of(kind).items():
        yield f"{prefix}{name}"
        for part in _dataclasses(setting.kind):
            yield from _keys(part, f"{prefix}{name}.")


def _dataclasses(hint: Any) -> list[type]:
    """The dataclasses in a type such as `VersionConfig | None` or `list[VersionConfig]`."""
    kinds = get_args(hint) or (hint,)
    return [kind for kind in kinds if isinstance(kind, type) and is_dataclass(kind)]


def nearest(name: str, known: Sequence[str]) -> str:
    """A hint such as `, did you mean 'x'?`, empty where nothing is near; a last part is enough."""
    last = {one.rpartition(".")[2]: one for one in reversed(known)}
    close = difflib.get_close_matches(name, known, n=1) or [
        last[one] for one in difflib.get_close_matches(name.rpartition(".")[2], list(last), n=1)
    ]
    return f", did you mean {close[0]!r}?" if close else ""
