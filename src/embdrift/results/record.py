"""The record of a run, `record.json`: enough to know what was measured, with what, on what."""

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embdrift.errors import InputError

if TYPE_CHECKING:
    import torch

    from embdrift.studies import CheckedSet, StudyInput, StudyResult, Version

FORMAT_VERSION = 2
"""The format of run folders written today; all earlier ones are read too."""


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
    has_ids: bool | None
    zero_vectors: int | None
    duplicate_vectors: int | None
    unit_length: bool | None
    fingerprint: str
    card: Mapping[str, Any]

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "InputRecord":
        """The input from its entry in `record.json`."""
        texts = {name: str(values.get(name) or "") for name in ("source", "dtype", "metric", "fingerprint")}
        found = {field.name: values.get(field.name) for field in fields(cls)} | texts
        found |= {"role": str(values["role"]), "name": str(values["name"]), "n": int(values["n"])}
        return cls(**(found | {"card": values.get("card") or {}}))


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

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "AlignmentRecord":
        """The alignment from its entry in `record.json`."""
        return cls(
            candidate=str(values["candidate"]),
            scope=str(values.get("scope") or ""),
            shared=int(values["shared"]),
            added=int(values["added"]),
            removed=int(values["removed"]),
            added_examples=_names(values.get("added_examples") or ()),
            removed_examples=_names(values.get("removed_examples") or ()),
        )


@dataclass(frozen=True)
class DeviceRecord:
    """Where the neighbors were searched."""

    kind: str
    name: str
    threads: int | None


class Record(dict[str, Any]):
    """What `record.json` holds, as written; what the package reads of it has an attribute with a type."""

    @property
    def name(self) -> str:
        """The run's name."""
        return str(self["name"])

    @property
    def study(self) -> str:
        """Which study it was."""
        return str(self["study"])

    @property
    def created(self) -> str:
        """When, in ISO 8601."""
        return str(self["created"])

    @property
    def version(self) -> str:
        """The version of embdrift."""
        return str(self["embdrift"])

    @property
    def python(self) -> str:
        """The version of Python."""
        return str(self["python"])

    @cached_property
    def packages(self) -> Mapping[str, str]:
        """Versions of installed packages."""
        return {str(name): str(version) for name, version in self["packages"].items()}

    @property
    def commit(self) -> str | None:
        """The checkout's commit."""
        return self.get("commit")

    @property
    def dirty(self) -> bool | None:
        """Whether files differ from the commit."""
        return self.get("dirty")

    @cached_property
    def device(self) -> DeviceRecord:
        """Where neighbors were searched."""
        values = self["device"]
        return DeviceRecord(str(values["kind"]), str(values.get("name", "")), values.get("threads"))

    @property
    def seed(self) -> int | None:
        """Seed of everything random."""
        return self.get("seed")

    @property
    def k(self) -> int:
        """Number of neighbors of the headline figures."""
        return int(self["k"])

    @property
    def depth(self) -> int:
        """Number of neighbors searched."""
        return int(self["depth"])

    @property
    def texts(self) -> bool:
        """False where texts are kept out of results and reports."""
        return bool(self["texts"])

    @property
    def reference(self) -> str:
        """Name of the version in use."""
        return str(self["reference"])

    @cached_property
    def candidates(self) -> tuple[str, ...]:
        """Names of the new versions, in the order given."""
        return _names(self["candidates"])

    @cached_property
    def inputs(self) -> tuple[InputRecord, ...]:
        """Vectors and tables that the run read."""
        return tuple(InputRecord.read(each) for each in self["inputs"])

    @cached_property
    def alignment(self) -> tuple[AlignmentRecord, ...]:
        """How ids of candidates and reference meet."""
        return tuple(AlignmentRecord.read(each) for each in self["alignment"])

    @cached_property
    def differences(self) -> Mapping[str, tuple[str, ...]]:
        """For each candidate, what differs between its version card and the reference's."""
        return {str(name): _names(each) for name, each in self.get("differences", {}).items()}

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What else to know."""
        return _names(self.get("notes", ()))

    @cached_property
    def seconds(self) -> Mapping[str, float]:
        """How long each stage took."""
        return {str(stage): float(each) for stage, each in self.get("seconds", {}).items()}

    @property
    def config(self) -> Mapping[str, Any]:
        """Settings as run."""
        values: Mapping[str, Any] = self["config"]
        return values

    @property
    def run_format(self) -> int:
        """The format of the run folder."""
        return int(self["format_version"])


def read_record(path: Path) -> Record:
    """Read `record.json`.

    Raises:
        InputError: when it is not JSON, is of a newer format, or lacks what its format holds
    """
    record = Record(_json_object(path))
    found = record.get("format_version")
    if not isinstance(found, int) or not 1 <= found <= FORMAT_VERSION:
        raise InputError(
            f"{path}: this embdrift reads run folders up to format {FORMAT_VERSION}, got {found!r}; "
            "install the version of embdrift that wrote it, or a newer one"
        )
    try:
        for name in (name for name, value in vars(Record).items() if isinstance(value, property | cached_property)):
            getattr(record, name)
    except KeyError as error:
        raise InputError(
            f"{path}: a record of format {found} has the key {error}, this one lacks it; run again"
        ) from error
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{path}: a value is not of the kind that format {found} holds ({error}); run again"
        ) from error
    return record


def _json_object(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as JSON ({error}); run again to make the run folder anew") from error
    if not isinstance(values, dict):
        raise InputError(f"{path}: a record is a JSON object, got {type(values).__name__}; run again")
    return values


def _names(values: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in values)


def make_record(
    given: "StudyInput",
    result: "StudyResult",
    *,
    study: str,
    name: str,
    config: Mapping[str, Any],
    files: Sequence[InputRecord],
    device: "torch.device",
    seconds: Mapping[str, float],
) -> Record:
    """Everything that `record.json` holds.

    Args:
        given: what was compared
        result: what was found
        study: which study found it
        name: the run's name
        config: settings as run
        files: further inputs, such as items and judgements
        device: where neighbors were searched
        seconds: how long each stage took
    """
    # Reading a record must not need what searching needs.
    from embdrift.results.environment import commit, device_facts, package_versions

    head, dirty = commit()
    packages = package_versions()
    return Record(
        {
            "format_version": FORMAT_VERSION,
            "embdrift": packages.get("embdrift", ""),
            "name": name,
            "study": study,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "config": config,
            "commit": head,
            "dirty": dirty,
            "python": platform.python_version(),
            "packages": packages,
            "device": device_facts(device),
            "seed": given.common.seed,
            "k": given.common.k,
            "depth": given.common.k,
            "texts": given.common.texts,
            "reference": given.reference.name,
            "candidates": [version.name for version in given.candidates],
            "inputs": [asdict(one) for one in [*_versions(given), *files]],
            "alignment": [],
            "differences": {version.name: _differences(given.reference, version) for version in given.candidates},
            "notes": list(result.notes),
            "seconds": dict(seconds),
            **result.facts,
        }
    )


def _differences(reference: "Version", candidate: "Version") -> list[str]:
    from embdrift.embed import card_differences

    old, new = reference.corpus.card, candidate.corpus.card
    return card_differences(old, new) if old or new else []


def _versions(given: "StudyInput") -> list[InputRecord]:
    roles = ["reference", *["candidate"] * len(given.candidates), *["reference again"] * (given.again is not None)]
    found = []
    for role, version in zip(roles, given.versions, strict=True):
        found.append(_set_record(role, version.corpus))
        found += [_set_record(f"{role} queries", version.queries)] if version.queries else []
    return found


def _set_record(role: str, checked: "CheckedSet") -> InputRecord:
    report = checked.report
    return InputRecord(
        role=role,
        name=checked.name,
        source=checked.source,
        n=report.n,
        d=report.d,
        dtype=report.dtype,
        metric=checked.similarity.value,
        has_ids=checked.has_ids,
        zero_vectors=len(report.zero_rows),
        duplicate_vectors=report.duplicate_vectors,
        unit_length=report.unit_length,
        fingerprint=report.fingerprint,
        card=dict(checked.card),
    )


def file_record(role: str, path: Path, rows: int) -> InputRecord:
    """A table that a run read, such as items or judgements."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return InputRecord(role, path.stem, str(path), rows, None, "", "", True, None, None, None, digest.hexdigest(), {})
