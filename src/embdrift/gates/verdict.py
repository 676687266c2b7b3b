"""What a gate says about a run: an outcome and a finding in words per candidate, with every rule behind it."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any

from embdrift.errors import InputError
from embdrift.gates.outcome import Axis, Outcome
from embdrift.gates.rule import Better, Relative, Rule, Straddling

FORMAT_VERSION = 1


@dataclass(frozen=True)
class RuleResult:
    """What one rule says about one row of the summary.

    Args:
        rule: the rule
        scope: the row's scope; empty where there was no row
        cohort: the row's cohort; empty for all
        value: the figure as the run holds it; NaN where it is not there
        low: lower bound of its interval; NaN where nothing was sampled
        high: upper bound
        compared: what was held against the limits: the figure, or its distance from reference, chance, floor or target
        limit: the limit that decided; NaN where none did
        outcome: what came of it
        sentence: the same in words
        study: the row's study
        k: neighbours that the row looks at; None where it looks at none
        index: the index that the row is about; empty where it is about none
    """

    rule: Rule
    scope: str
    cohort: str
    value: float
    low: float
    high: float
    compared: float
    limit: float
    outcome: Outcome
    sentence: str
    study: str = ""
    k: int | None = None
    index: str = ""


@dataclass(frozen=True)
class Cause:
    """What probably lies behind a change.

    Args:
        name: the cause in a few words
        evidence: sentences with the figures that speak for it
    """

    name: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class CandidateVerdict:
    """What is said about one candidate.

    Args:
        candidate: its name
        outcome: the worst of its rules
        finding: what moved, in words
        distribution_axis: whether the vectors are distributed otherwise
        neighbor_axis: whether neighbours changed
        rules: every rule's result, in the gate's order
        causes: what probably lies behind it, with evidence
    """

    candidate: str
    outcome: Outcome
    finding: str
    distribution_axis: Axis
    neighbor_axis: Axis
    rules: tuple[RuleResult, ...] = ()
    causes: tuple[Cause, ...] = ()

    def results(self, *outcomes: Outcome) -> tuple[RuleResult, ...]:
        """The results with one of these outcomes."""
        return tuple(one for one in self.rules if one.outcome in outcomes)


@dataclass(frozen=True)
class Verdict:
    """What a gate says about a run.

    Args:
        outcome: the worst over the candidates
        reference: the version in use
        candidates: one verdict each
        gate: the gate's name
    """

    outcome: Outcome
    reference: str
    candidates: tuple[CandidateVerdict, ...]
    gate: str

    def to_json(self) -> str:
        """The verdict as JSON text; what is not a number is null."""
        values = {"format_version": FORMAT_VERSION, **_plain(self)}
        return json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Verdict":
        """The verdict that `to_json` wrote.

        Raises:
            InputError: when the text is no such JSON, or of a newer format
        """
        try:
            values = json.loads(text)
            found = values["format_version"]
            if found != FORMAT_VERSION:
                raise InputError(
                    f"a verdict of format {found!r} cannot be read, only {FORMAT_VERSION}: judge the run again with"
                    " `embdrift gate`"
                )
            return cls(
                outcome=Outcome(values["outcome"]),
                reference=str(values["reference"]),
                candidates=tuple(_candidate(one) for one in values["candidates"]),
                gate=str(values["gate"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(
                f"the text is no verdict of embdrift ({error!r}): judge the run again with `embdrift gate`"
            ) from error


def read_verdict(path: Path) -> Verdict:
    """Read `verdict.json`.

    Raises:
        InputError: when it cannot be read, or is no verdict
    """
    try:
        return Verdict.from_json(path.read_text("utf-8"))
    except (InputError, OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}") from error


def _plain(value: Any) -> Any:
    """A dataclass and all that it holds as JSON's own types; an infinite number is a text, since JSON has none."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return value


def _candidate(values: Mapping[str, Any]) -> CandidateVerdict:
    return CandidateVerdict(
        candidate=str(values["candidate"]),
        outcome=Outcome(values["outcome"]),
        finding=str(values["finding"]),
        distribution_axis=Axis(values["distribution_axis"]),
        neighbor_axis=Axis(values["neighbor_axis"]),
        rules=tuple(_result(one) for one in values["rules"]),
        causes=tuple(Cause(str(one["name"]), tuple(map(str, one["evidence"]))) for one in values["causes"]),
    )


def _result(values: Mapping[str, Any]) -> RuleResult:
    return RuleResult(
        rule=_rule(values["rule"]),
        scope=str(values["scope"]),
        cohort=str(values["cohort"]),
        value=_number(values["value"]),
        low=_number(values["low"]),
        high=_number(values["high"]),
        compared=_number(values["compared"]),
        limit=_number(values["limit"]),
        outcome=Outcome(values["outcome"]),
        sentence=str(values["sentence"]),
        study=str(values["study"]),
        k=None if values["k"] is None else int(values["k"]),
        index=str(values["index"]),
    )


def _rule(values: Mapping[str, Any]) -> Rule:
    kinds: dict[str, Callable[[Any], Any]] = {"better": Better, "relative_to": Relative, "straddling": Straddling}
    return Rule(**{name: kinds.get(name, _same)(value) for name, value in values.items()})


def _same(value: Any) -> Any:
    return value


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
