"""A gate on a run: every rule on every candidate, the finding on two axes, and likely causes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from embdrift.files import whole_file
from embdrift.gates.axes import distribution_axis, neighbor_axis
from embdrift.gates.causes import Evidence, likely_causes
from embdrift.gates.evaluating import rule_results
from embdrift.gates.finding import finding
from embdrift.gates.outcome import worst
from embdrift.gates.rule import Gate
from embdrift.gates.verdict import CandidateVerdict, Verdict
from embdrift.results import VERDICT_FILE, SavedRun, Summary
from embdrift.results.tables import read_per_query

PER_QUERY = "per_query"
_PER_ITEM = ("scope", "candidate", "self_displacement", "aligned_self_displacement", "text")


def write_verdict(run: SavedRun, gate: Gate) -> Verdict:
    """Judge a saved run and write `verdict.json` into its folder.

    Args:
        run: a run of any study
        gate: the rules
    Returns:
        the verdict
    Raises:
        InputError: when a file of the run cannot be read
        StorageError: when the verdict cannot be written
    """
    verdict = judge(run.summary, run.record, {PER_QUERY: _per_item(run.folder / "per_query.parquet")}, gate)
    with whole_file(run.folder / VERDICT_FILE) as path:
        path.write_text(verdict.to_json(), "utf-8")
    return verdict


def _per_item(path: Path) -> pd.DataFrame:
    """What causes are looked for in, with the length of each item's text in place of the text, which may be long."""
    if not path.is_file():
        return pd.DataFrame()
    table = read_per_query(path, _PER_ITEM)
    if "text" in table.column_names:
        lengths = pc.utf8_length(table["text"].cast(pa.large_string()))
        table = table.drop_columns(["text"]).append_column("text_length", lengths)
    frame: pd.DataFrame = table.to_pandas()
    return frame


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
    rows = Summary.of(summary, k=int(record["k"]))
    reference = str(record["reference"])
    per_query = tables.get(PER_QUERY, pd.DataFrame())
    verdicts = tuple(
        _candidate(name, rows, gate, reference=reference, items=_items(per_query, name), record=record)
        for name in _candidates(rows, reference, record)
    )
    return Verdict(worst(one.outcome for one in verdicts), reference, verdicts, gate.name)


def _candidates(rows: Summary, reference: str, record: Mapping[str, Any]) -> list[str]:
    named = [str(one) for one in record.get("candidates", ())]
    measured = dict.fromkeys(row.candidate for row in rows.rows if row.candidate not in ("", reference))
    return named or list(measured) or [reference]


def _items(per_query: pd.DataFrame, candidate: str) -> pd.DataFrame:
    if "candidate" not in per_query or "scope" not in per_query:
        return pd.DataFrame()
    return per_query[(per_query["candidate"] == candidate) & (per_query["scope"] == "corpus")]


def _candidate(
    name: str, rows: Summary, gate: Gate, *, reference: str, items: pd.DataFrame, record: Mapping[str, Any]
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
