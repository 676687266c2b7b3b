"""What a drift run finds besides distribution, geometry and neighbours."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from embdrift.studies.drift.freshness import (
    coverage_rows,
    ghosts,
    indexed_row,
    missing_frame,
    removal_rows,
    removed_frame,
)
from embdrift.studies.drift.golden import golden_findings, require_golden
from embdrift.studies.drift.identity import identity_findings
from embdrift.studies.drift.lists import lists_of
from embdrift.studies.drift.options import DriftOptions
from embdrift.studies.drift.poor_matches import poor_match_changes
from embdrift.studies.drift.thresholds import cut_offs_of, pairs_of, threshold_frame
from embdrift.studies.engine.rows import SummaryRow
from embdrift.studies.engine.study import QuerySet, StudyInput
from embdrift.studies.engine.tables import Tables


@dataclass(frozen=True, eq=False)
class Further:
    """Rows and tables of one part of the study.

    Args:
        rows: figures
        tables: further tables by name
        notes: what a reader should know
    """

    rows: list[SummaryRow] = field(default_factory=list)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def require_further(given: StudyInput) -> None:
    """Make sure that what the further parts are given can be used, before anything long begins.

    Raises:
        InputError: when golden pairs name nothing that a version holds
    """
    require_golden(given)


def further_findings(given: StudyInput, options: DriftOptions, tables: Tables) -> list[Further]:
    """Every further part of the study; another one is a line here.

    Args:
        given: what the study is given
        options: how it measures
        tables: where exact neighbours come from; a table that the study has searched already is not searched again
    """
    found = [Further(*golden_findings(given, options)), coverage(given)]
    if options.neighbors:
        found += [Further(*identity_findings(given)), Further(list(poor_match_changes(given, options, tables)))]
        found += [removal(given, options, tables), cut_off_transfer(given, options, tables)]
    return found


def coverage(given: StudyInput) -> Further:
    """Which share of the item list each version's index holds, how old that is, and what is missing."""
    listed = given.listed
    if listed is None:
        return Further()
    versions = (given.reference, *given.candidates)
    rows = [row for version in versions for row in coverage_rows(version, listed)]
    if len(listed.removed):
        rows += [indexed_row(version, listed) for version in versions]
    missing = [missing_frame(version, listed) for version in versions]
    return Further(rows, _tables(index_missing=missing))


def removal(given: StudyInput, options: DriftOptions, tables: Tables) -> Further:
    """Removed items that still come up in somebody's first k results."""
    listed = given.listed
    if listed is None or not len(listed.removed):
        return Further()
    rows, frames = [], []
    for scope in given.reference.query_sets:
        for version in (given.reference, *given.candidates):
            lists = lists_of(tables, version, scope, given.common, options.query_sample)
            found = ghosts(lists, listed, scope)
            rows += removal_rows(found, lists, SummaryRow(scope, version.name))
            frames.append(removed_frame(found, scope, version.name))
    return Further(rows, _tables(removed_items=frames))


def cut_off_transfer(given: StudyInput, options: DriftOptions, tables: Tables) -> Further:
    """Which cut-off of each candidate passes what a cut-off of the reference passed."""
    frames = []
    for scope in given.reference.query_sets:
        qrels = given.qrels if scope is QuerySet.queries else None
        lists = lists_of(tables, given.reference, scope, given.common, options.query_sample)
        reference = pairs_of(lists, qrels)
        cut_offs = cut_offs_of(reference, given.reference.corpus.similarity, options.cut_offs)
        for version in given.candidates:
            candidate = pairs_of(lists_of(tables, version, scope, given.common, options.query_sample), qrels)
            frames.append(threshold_frame(reference, candidate, cut_offs, scope=scope, name=version.name, k=lists.k))
    return Further(tables=_tables(thresholds=frames))


def _tables(**frames: list[pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Pieces put together; a table without rows is left out."""
    filled = {name: [piece for piece in pieces if len(piece)] for name, pieces in frames.items()}
    return {name: pd.concat(pieces, ignore_index=True) for name, pieces in filled.items() if pieces}
