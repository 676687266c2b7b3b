"""Checks of a run before any file is opened."""

from collections import Counter
from typing import Any

from embdrift.config.schema import RunConfig, VersionConfig
from embdrift.errors import InputError
from embdrift.results import LONGEST_NAME, require_plain_name
from embdrift.search import choose_device
from embdrift.settings import settings_of
from embdrift.studies import require_study, study_of


def require_settings(run: RunConfig) -> None:
    """Validate settings, and that they fit each other.

    Raises:
        InputError: when a name cannot be used, a version is missing or has neither file nor encoder, a setting would
            have no effect, or there is no such device
    """
    require_plain_name(run.name)
    if not run.reference.given:
        raise InputError("there is no reference to compare with: give --reference FILE, or reference.path in a config")
    if not run.candidates and study_of(run.study).needs_candidates:
        raise InputError("there is no candidate to compare: give --candidate NAME=FILE, or candidates in a config")
    for version in run.versions:
        _require_source(version)
        _require_name(version)
    _require_distinct_names(run)
    _require_effect(run)
    _require_queries_on_both_sides(run)
    _require_numbers(run)
    require_study(run.study)
    choose_device(run.compute.device)


def _require_source(version: VersionConfig) -> None:
    shown = _shown(version.called) if version.called else "without a name"
    if not version.given:
        raise InputError(f"version {shown} needs a path or an encoder, and has neither: give it one")
    if version.path is not None and version.encoder is not None:
        raise InputError(f"version {shown} needs a path or an encoder, and has both: set the other to null")
    if version.path == "" or version.queries == "":
        raise InputError(f"version {shown} must name a file, got an empty path")


def _require_name(version: VersionConfig) -> None:
    name = version.called
    if not name:
        raise InputError("a version that an encoder makes needs a name: give it one")
    if not name.isprintable() or name != name.strip() or len(name) > LONGEST_NAME:
        raise InputError(
            f"a version's name must be printable, without spaces around it, and no longer than {LONGEST_NAME}"
            f" characters, got {_shown(name)}"
        )


def _require_distinct_names(run: RunConfig) -> None:
    name, count = Counter(version.called for version in run.versions).most_common(1)[0]
    if count > 1:
        raise InputError(
            f"versions must have distinct names, got {name!r} {count} times: name them with --candidate NAME=FILE, and"
            " the reference with reference.name=NAME"
        )


def _require_effect(run: RunConfig) -> None:
    """Refuse settings that would be passed over without a word."""
    data, encoded = run.dataset, any(version.encoder is not None for version in run.versions)
    if data.items is None and not encoded and (data.cohorts or data.text is not None):
        raise InputError("dataset.cohorts and dataset.text name columns of a table of items: give --items FILE too")
    if not encoded and (data.text_file is not None or data.query_file is not None):
        raise InputError("dataset.text_file and dataset.query_file hold texts for an encoder, and no version has one")
    for version in run.versions:
        if version.query_ids is not None and version.queries is None:
            raise InputError(f"version {version.called!r} has ids of queries but no queries: give their vectors too")


def _require_queries_on_both_sides(run: RunConfig) -> None:
    """Versions from files: what an encoder makes has queries where the texts have them."""
    files = [version for version in run.versions if version.encoder is None]
    without = next((version.called for version in files if version.queries is None), None)
    having = next((version.called for version in files if version.queries is not None), None)
    if without is not None and having is not None:
        raise InputError(
            f"version {having!r} has queries and version {without!r} has none: give every version's queries, or none"
        )


def _require_numbers(run: RunConfig) -> None:
    groups: dict[str, Any] = {"": run, "dataset.": run.dataset, "compute.": run.compute}
    for prefix, group in groups.items():
        for name, setting in settings_of(type(group)).items():
            value = getattr(group, name)
            if setting.least is not None and value is not None and value < setting.least:
                raise InputError(f"{prefix}{name} must be at least {setting.least}, got {value}")


def _shown(name: str) -> str:
    return repr(name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…")
