"""Metrics that separate causes of movement: items with another item's vector, an offset, a rounding."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from embdrift.metrics import SelfSearch, common_offset, self_search
from embdrift.metrics.catalog import Sizes
from embdrift.metrics.interval import known_mean
from embdrift.studies.drift.options import STUDY
from embdrift.studies.engine.findings import Findings
from embdrift.studies.engine.matching import Matching, match_sets, sample
from embdrift.studies.engine.recognize import change_rows, format_frame, recognize
from embdrift.studies.engine.rows import SummaryRow, joined, left_out, mean_row, metric_row
from embdrift.studies.engine.study import QuerySet, StudyInput, Version

SEARCHED = 1000
"""Items that are looked for among all others."""

RECOGNIZED_ON = 5000
"""Items on which number formats are tried."""

NUMERIC = ("as_if_stored", "relative_error_median", "numeric_scale")
_METRICS = ("self_found", "vector_of_another", "offset_share", "offset_length", *NUMERIC)


def cause_findings(given: StudyInput) -> Findings:
    """Items with another item's vector, the share of movement in one offset, and the format that explains the rest.

    Args:
        given: versions; each candidate's items that the reference has too are looked at
    Returns:
        rows, and a table `formats` where versions have one dimension
    """
    findings = Findings(STUDY.name, given.reference.name)
    rows = findings.rows
    for version in given.candidates:
        matching = match_sets(given.reference.corpus, version.corpus)
        about = SummaryRow(QuerySet.corpus, version.name)
        old, new = (one.corpus.d for one in (given.reference, version))
        if old != new:
            rows += [replace(about, metric=name, note=f"dimensions differ: {old} and {new}") for name in _METRICS]
            continue
        rows += _owner_rows(given, version, matching, about)
        rows += _offset_rows(given.reference, version, matching, about)
        found = recognize(given.reference.corpus, version.corpus, matching.sampled(RECOGNIZED_ON, given.common.seed))
        rows += [row for row in change_rows(found, about) if row.metric in NUMERIC]
        findings.add_table("formats", format_frame(found, name=version.name, what=QuerySet.corpus))
    return findings


def _owner_rows(given: StudyInput, version: Version, matching: Matching, about: SummaryRow) -> Iterator[SummaryRow]:
    places = sample(matching.ids, min(SEARCHED, max(1, matching.m // 2)), given.common.seed)
    searches = self_search(
        given.reference.corpus.vectors,
        version.corpus.vectors,
        matching.reference_rows,
        matching.candidate_rows,
        places,
    )
    best = max(searches, key=lambda one: known_mean(one.found))
    zeros = left_out(int(np.isnan(best.own).sum()), len(places), "a zero vector has no direction")
    note = joined(f"{len(places)} items looked for among {matching.m}", zeros)
    found = replace(metric_row(about, "self_found", Sizes(items=matching.m)), note=joined(note, _frame(best)))
    yield mean_row(found, best.found, matching.m, undefined="")
    held = np.fmax.reduce([one.anothers for one in searches])
    another = replace(metric_row(about, "vector_of_another"), note=note)
    yield mean_row(another, held, matching.m, undefined="")


def _frame(search: SelfSearch) -> str:
    return "after the best rotation, fitted on the others" if search.turned_back else "in the space as it is"


def _offset_rows(reference: Version, version: Version, matching: Matching, about: SummaryRow) -> Iterator[SummaryRow]:
    found = common_offset(
        reference.corpus.vectors,
        version.corpus.vectors,
        matching.reference_rows,
        matching.candidate_rows,
    )
    about = replace(about, n=matching.m)
    still = "" if np.isfinite(found.share) else "nothing moved"
    yield replace(metric_row(about, "offset_share", Sizes(items=matching.m)), value=found.share, note=still)
    short = "" if np.isfinite(found.length) else "the reference's median length is 0"
    yield replace(about, metric="offset_length", value=found.length, note=short)
