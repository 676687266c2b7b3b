"""The study `drift`: neighbor shift, distribution and geometry in one run."""

from collections.abc import Iterator

import pandas as pd

from embdrift.cache import TableCache
from embdrift.progress import Progress
from embdrift.studies.drift.causes import cause_findings
from embdrift.studies.drift.cutoffs import cut_off_transfer
from embdrift.studies.drift.distribution import measured_rows
from embdrift.studies.drift.freshness import coverage, removal
from embdrift.studies.drift.golden import golden_findings, require_golden
from embdrift.studies.drift.histograms import distribution_frame, histogram_table
from embdrift.studies.drift.options import STUDY, DriftOptions
from embdrift.studies.drift.top1 import poor_match_changes, top1_similarity
from embdrift.studies.drift.vectors import Top1, compared_vectors
from embdrift.studies.engine.findings import Findings
from embdrift.studies.engine.rows import summary_frame
from embdrift.studies.engine.study import StudyInput, StudyResult
from embdrift.studies.engine.tables import Tables
from embdrift.studies.neighbor_shift.study import neighbor_shift


def drift_study(given: StudyInput, options: DriftOptions, *, cache: TableCache, progress: Progress) -> StudyResult:
    """Neighbor shift, and the distribution and geometry of every version beside it.

    Args:
        given: versions and what is known of their items
        options: how drift is measured
        cache: where exact neighbor tables are kept
        progress: receives progress updates
    Returns:
        rows of the study `neighbor_shift` first, then those of the study `drift`
    Raises:
        InputError: when versions cannot be compared, or an option is out of range
        StorageError: when tables cannot be kept
    """
    options.require()
    require_golden(given)
    tables = Tables(cache, given.common.device, progress)
    shift = neighbor_shift(given, options, cache=cache, progress=progress) if options.neighbors else None
    top1 = _top1(given, options, tables) if options.neighbors else None
    scopes = compared_vectors(given, top1)
    findings = Findings(STUDY.name, given.reference.name, measured_rows(scopes, given.common, options, progress))
    findings.tables = {"distributions": [distribution_frame(scopes)], "histograms": [histogram_table(scopes)]}
    for part in _parts(given, options, tables):
        findings.add(part)
    return _result(shift, findings)


def _parts(given: StudyInput, options: DriftOptions, tables: Tables) -> Iterator[Findings]:
    """The optional parts of the study; neighbors that it has searched already are not searched again."""
    yield golden_findings(given, options)
    yield coverage(given)
    if options.neighbors:
        yield cause_findings(given)
        changes = list(poor_match_changes(given, options, tables))
        yield Findings(STUDY.name, given.reference.name, changes)
        yield removal(given, options, tables)
        yield cut_off_transfer(given, options, tables)


def _result(shift: StudyResult | None, findings: Findings) -> StudyResult:
    """The result of the neighbor-shift study, where neighbors were searched, followed by these findings."""
    summary = summary_frame(findings.study, findings.reference, findings.rows)
    frames = {name: pd.concat(pieces, ignore_index=True) for name, pieces in findings.tables.items()}
    if shift is None:
        return StudyResult(summary=summary, per_query=_empty_per_query(), tables=frames, notes=tuple(findings.notes))
    return StudyResult(
        summary=pd.concat([shift.summary, summary], ignore_index=True),
        per_query=shift.per_query,
        tables={**shift.tables, **frames},
        notes=(*shift.notes, *findings.notes),
        facts=shift.facts,
    )


def _top1(given: StudyInput, options: DriftOptions, tables: Tables) -> Top1:
    return {
        (version.name, scope): top1_similarity(tables, version, scope, given.common, options.query_sample)
        for version in given.versions
        for scope in version.query_sets
    }


def _empty_per_query() -> pd.DataFrame:
    """An empty per-query table."""
    text, number = pd.Series([], dtype="str"), pd.Series([], dtype="float64")
    return pd.DataFrame({"scope": text, "candidate": text, "id": text, "overlap": number})
