"""The studies that a config can choose, by name: each registers itself, from its own `options.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from embdrift.errors import InputError

if TYPE_CHECKING:
    from embdrift.cache import TableCache
    from embdrift.progress import Progress
    from embdrift.studies.engine.study import StudyInput, StudyResult


@dataclass(frozen=True)
class Study:
    """One kind of study.

    Args:
        name: its name in configs, records and summaries
        options: the dataclass of its settings, from which the schema, the help and the record follow; a field
            `query_sample`, where there is one, holds how many sampled rows search
        function: called as `run` is; or its place, `module:function`, to import it only when a study runs
        needs_candidates: whether it has nothing to measure without a candidate
        dataset_settings: settings of the data set that no other study reads; they are refused elsewhere
        other_work: what takes time besides exact search, for an estimate; empty where little does
        require: checks its options and what it needs installed, before any file is opened
        searches: whether it searches exact neighbors with these options
    """

    name: str
    options: type[Any]
    function: "Callable[..., StudyResult] | str"
    needs_candidates: bool = True
    dataset_settings: tuple[str, ...] = ()
    other_work: str = ""
    require: Callable[[Any], None] | None = None
    searches: Callable[[Any], bool] = lambda options: True

    def run(self, given: "StudyInput", options: Any, *, cache: "TableCache", progress: "Progress") -> "StudyResult":
        """Measure.

        Args:
            given: versions and what is known of their items
            options: the study's own settings
            cache: where exact neighbor tables are kept
            progress: receives progress updates
        """
        function = self.function
        if isinstance(function, str):
            module, _, name = function.partition(":")
            function = getattr(import_module(module), name)
        return function(given, options, cache=cache, progress=progress)


_registered: dict[str, Study] = {}
STUDIES: Mapping[str, Study] = MappingProxyType(_registered)
"""Every registered study by name."""


def register_study(study: Study) -> Study:
    """Make a study available to Python, configs and the command line; gives the study back.

    Raises:
        InputError: when another study has the name or the options already
    """
    for other in STUDIES.values():
        if other.name == study.name or other.options is study.options:
            raise InputError(
                f"a study needs a name and options of its own, got {study.name!r} with {study.options.__name__}, and"
                f" {other.name!r} is registered with {other.options.__name__}"
            )
    _registered[study.name] = study
    return study


def unregister_study(name: str) -> None:
    """Take back a study that was added by `register_study`.

    Args:
        name: of the study
    """
    del _registered[name]


def study_of(options: object) -> Study:
    """The study that options of this type belong to.

    Raises:
        InputError: when no study has such options
    """
    for study in STUDIES.values():
        if type(options) is study.options:
            return study
    known = ", ".join(study.options.__name__ for study in STUDIES.values())
    raise InputError(f"options must be one of {known}, got {type(options).__name__}")


def require_study(options: Any) -> None:
    """Check what a study can check of its options and of this machine, before any file is opened.

    Raises:
        InputError: when options are out of range, or something is missing that the study needs
    """
    check = study_of(options).require
    if check is not None:
        check(options)


def studies_reading(setting: str) -> tuple[str, ...]:
    """Names of the studies that read a setting of the data set; empty where every study may."""
    return tuple(study.name for study in STUDIES.values() if setting in study.dataset_settings)
