"""The record of a run: enough to know what was measured, with what, on what."""

import hashlib
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from embdrift.embed import card_differences
from embdrift.results.environment import commit, device_facts, package_versions
from embdrift.studies import CheckedSet, StudyInput, StudyResult, Version

FORMAT_VERSION = 1


@dataclass(frozen=True)
class InputFacts:
    """One input of a run, as its record tells it."""

    role: str
    name: str
    source: str
    n: int
    d: int | None
    dtype: str
    metric: str
    has_ids: bool
    zero_vectors: int | None
    duplicate_vectors: int | None
    unit_length: bool | None
    fingerprint: str
    card: Mapping[str, Any]


def make_record(
    given: StudyInput,
    result: StudyResult,
    *,
    study: str,
    name: str,
    config: Mapping[str, Any],
    files: Sequence[InputFacts],
    device: torch.device,
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    """Everything that `record.json` holds.

    Args:
        given: what was compared
        result: what was found
        study: which study found it
        name: the run's name
        config: settings as run
        files: further inputs, such as items and judgements
        device: where neighbours were searched
        seconds: how long each stage took
    """
    head, dirty = commit()
    packages = package_versions()
    reference = given.reference.corpus
    return {
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
        "inputs": [asdict(facts) for facts in [*_versions(given), *files]],
        "alignment": [],
        "differences": {
            version.name: _differences(reference.card, version.corpus.card) for version in given.candidates
        },
        "notes": list(result.notes),
        "seconds": dict(seconds),
        **result.facts,
    }


def _differences(reference: Mapping[str, Any], candidate: Mapping[str, Any]) -> list[str]:
    return card_differences(reference, candidate) if reference or candidate else []


def _versions(given: StudyInput) -> list[InputFacts]:
    roles = ["reference", *["candidate"] * len(given.candidates), *["reference again"] * (given.again is not None)]
    facts = []
    for role, version in zip(roles, given.versions, strict=True):
        facts += _facts(role, version)
    return facts


def _facts(role: str, version: Version) -> list[InputFacts]:
    found = [_set_facts(role, version.corpus)]
    return found + ([_set_facts(f"{role} queries", version.queries)] if version.queries else [])


def _set_facts(role: str, checked: CheckedSet) -> InputFacts:
    report = checked.report
    return InputFacts(
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


def file_facts(role: str, path: Path, rows: int) -> InputFacts:
    """A table that a run read, such as items or judgements."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return InputFacts(role, path.stem, str(path), rows, None, "", "", True, None, None, None, digest.hexdigest(), {})
