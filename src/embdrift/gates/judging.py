"""A gate on a run: every rule on every candidate, the finding on two axes, and likely causes."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from embdrift.gates.axes import distribution_axis, neighbor_axis
from embdrift.gates.causes import Evidence, likely_causes
from embdrift.gates.evaluating import rule_results
from embdrift.gates.finding import finding
from embdrift.gates.outcome import worst
from embdrift.gates.rows import Rows, read_rows
from embdrift.gates.rule import Gate
from embdrift.gates.verdict import CandidateVerdict, Verdict

PER_QUERY = "per_query"


def judge(summary: pd.DataFrame, record: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], gate: Gate) -> Verdict:
    """Hold every candidate of a run to a gate.

    Candidates are those of the record; where it names none, all that the summary has figures of, such as the cells of
    a precision ladder. A run without any, as a study of the reference's indexes, is judged by the reference's figures.

    Args:
        summary: the rows of summary.csv
        record: what record.json holds; `reference`, `k` and `candidates` are read, and what is known of the inputs
        tables: further tables by name; `per_query` holds per_query.parquet, in which causes are looked for
        gate: the rules
    Returns:
        the verdict; its outcome is the worst of the candidates'
    """
    rows = read_rows(summary, k=int(record["k"]))
    reference = str(record["reference"])
    per_query = tables.get(PER_QUERY, pd.DataFrame())
    verdicts = tuple(
        _candidate(name, rows, gate, reference=reference, items=_items(per_query, name), record=record)
        for name in _candidates(rows, reference, record)
    )
    return Verdict(worst(one.outcome for one in verdicts), reference, verdicts, gate.name)


def _candidates(rows: Rows, reference: str, record: Mapping[str, Any]) -> list[str]:
    named = [str(one) for one in record.get("candidates", ())]
    measured = dict.fromkeys(row.candidate for row in rows.rows if row.candidate not in ("", reference))
    return named or list(measured) or [reference]


def _items(per_query: pd.DataFrame, candidate: str) -> pd.DataFrame:
    if "candidate" not in per_query or "scope" not in per_query:
        return pd.DataFrame()
    return per_query[(per_query["candidate"] == candidate) & (per_query["scope"] == "corpus")]


def _candidate(
    name: str, rows: Rows, gate: Gate, *, reference: str, items: pd.DataFrame, record: Mapping[str, Any]
) -> CandidateVerdict:
    results = tuple(result for rule in gate.rules for result in rule_results(rule, name, rows))
    outcome = worst(one.outcome for one in results)
    known = Evidence(
        candidate=name,
        reference=reference,
        rows=rows,
        items=items,
        record=record,
        distribution=distribution_axis(rows, name).axis,
        neighbors=neighbor_axis(rows, name).axis,
    )
    return CandidateVerdict(
        candidate=name,
        outcome=outcome,
        finding=finding(known, outcome),
        distribution_axis=known.distribution,
        neighbor_axis=known.neighbors,
        rules=results,
        causes=likely_causes(known),
    )
