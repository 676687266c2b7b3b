"""What `record.json` says about a run, as typed values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embdrift.errors import InputError

NEWEST_FORMAT = 1


@dataclass(frozen=True)
class InputRecord:
    """One set of vectors, or one table, that the run read."""

    role: str
    name: str
    source: str
    n: int
    d: int | None
    dtype: str
    metric: str
    zero_vectors: int | None
    duplicate_vectors: int | None
    unit_length: bool | None
    fingerprint: str
    card: Mapping[str, Any]


@dataclass(frozen=True)
class AlignmentRecord:
    """How the ids of a candidate meet those of the reference."""

    candidate: str
    scope: str
    shared: int
    added: int
    removed: int
    added_examples: tuple[str, ...]
    removed_examples: tuple[str, ...]


@dataclass(frozen=True)
class DeviceRecord:
    """Where the neighbours were searched."""

    kind: str
    name: str
    threads: int | None


@dataclass(frozen=True)
class Record:
    """How a run came about: what it read, with which settings, on which machine.

    Args:
        k: number of neighbours of the headline figures
        depth: number of neighbours searched
        texts: False where texts are kept out of results and reports
        reference: name of the old version
        candidates: names of the new versions, in the order given
        differences: for each candidate, what differs between its version card and the reference's
        seconds: how long each stage took
    """

    name: str
    study: str
    created: str
    version: str
    python: str
    packages: Mapping[str, str]
    commit: str | None
    dirty: bool | None
    device: DeviceRecord
    seed: int | None
    k: int
    depth: int
    texts: bool
    reference: str
    candidates: tuple[str, ...]
    inputs: tuple[InputRecord, ...]
    alignment: tuple[AlignmentRecord, ...]
    differences: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]
    seconds: Mapping[str, float]
    config: Mapping[str, Any]


def read_record(path: Path) -> Record:
    """Read `record.json`.

    Raises:
        InputError: when it is not JSON, is of a newer format, or lacks what this format holds
    """
    values = _json_object(path)
    found = values.get("format_version")
    if not isinstance(found, int) or not 1 <= found <= NEWEST_FORMAT:
        raise InputError(
            f"{path}: this embdrift reads run folders up to format {NEWEST_FORMAT}, got {found!r}; "
            "install the version of embdrift that wrote it, or a newer one"
        )
    try:
        return _record(values)
    except KeyError as error:
        raise InputError(
            f"{path}: a record of format {found} has the key {error}, this one lacks it; run again"
        ) from error
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{path}: a value is not of the kind that format {found} holds ({error}); run again"
        ) from error


def _json_object(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as JSON ({error}); run again to make the run folder anew") from error
    if not isinstance(values, dict):
        raise InputError(f"{path}: a record is a JSON object, got {type(values).__name__}; run again")
    return values


def _record(values: Mapping[str, Any]) -> Record:
    device = values["device"]
    return Record(
        name=str(values["name"]),
        study=str(values["study"]),
        created=str(values["created"]),
        version=str(values["embdrift"]),
        python=str(values["python"]),
        packages={str(name): str(version) for name, version in values["packages"].items()},
        commit=values.get("commit"),
        dirty=values.get("dirty"),
        device=DeviceRecord(str(device["kind"]), str(device.get("name", "")), device.get("threads")),
        seed=values.get("seed"),
        k=int(values["k"]),
        depth=int(values["depth"]),
        texts=bool(values["texts"]),
        reference=str(values["reference"]),
        candidates=_names(values["candidates"]),
        inputs=tuple(_input(each) for each in values["inputs"]),
        alignment=tuple(_alignment(each) for each in values["alignment"]),
        differences={str(name): _names(each) for name, each in values.get("differences", {}).items()},
        notes=_names(values.get("notes", ())),
        seconds={str(stage): float(each) for stage, each in values.get("seconds", {}).items()},
        config=values["config"],
    )


def _names(values: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in values)


def _input(values: Mapping[str, Any]) -> InputRecord:
    return InputRecord(
        role=str(values["role"]),
        name=str(values["name"]),
        source=str(values.get("source") or ""),
        n=int(values["n"]),
        d=values.get("d"),
        dtype=str(values.get("dtype") or ""),
        metric=str(values.get("metric") or ""),
        zero_vectors=values.get("zero_vectors"),
        duplicate_vectors=values.get("duplicate_vectors"),
        unit_length=values.get("unit_length"),
        fingerprint=str(values.get("fingerprint") or ""),
        card=values.get("card") or {},
    )


def _alignment(values: Mapping[str, Any]) -> AlignmentRecord:
    return AlignmentRecord(
        candidate=str(values["candidate"]),
        scope=str(values.get("scope") or ""),
        shared=int(values["shared"]),
        added=int(values["added"]),
        removed=int(values["removed"]),
        added_examples=_names(values.get("added_examples") or ()),
        removed_examples=_names(values.get("removed_examples") or ()),
    )
