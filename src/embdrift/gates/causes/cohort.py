"""One cohort alone changed."""

import math
from collections import defaultdict
from collections.abc import Iterator

from embdrift.gates.causes.evidence import Evidence
from embdrift.gates.verdict import Cause
from embdrift.gates.words import number, percent
from embdrift.results import Measurement

FEWEST = 10
"""Cohorts of fewer items say little about a cohort."""

LOST_MORE = 3.0
"""A cohort stands alone where it lost at least so many times the share that the others lost."""

LOST_LEAST = 0.05
"""And at least so much more of its neighbours."""

SHOWN = 3


def cohort_alone(known: Evidence) -> Cause | None:
    """One cohort, or a few, lost much more of its neighbours than the others of its column."""
    found = sorted(_alone(known), key=lambda one: one[0].value)
    evidence = tuple(
        f"{row.cohort} keeps {percent(row.value)} of its neighbours, the others of {row.cohort.partition('=')[0]}"
        f" {percent(others)}{_moved(known, row)}"
        for row, others in found[:SHOWN]
    )
    if not evidence:
        return None
    names = ", ".join(row.cohort for row, _ in found[:SHOWN])
    return Cause(f"{names} alone", evidence)


def _alone(known: Evidence) -> Iterator[tuple[Measurement, float]]:
    for rows in _columns(known).values():
        for row in rows:
            others = [one for one in rows if one is not row]
            total = sum(one.n for one in others)
            if row.n < FEWEST or not total or 2 * row.n > row.n + total:
                continue
            kept = sum(one.value * one.n for one in others) / total
            if kept - row.value >= LOST_LEAST and 1 - row.value >= LOST_MORE * (1 - kept):
                yield row, kept


def _columns(known: Evidence) -> dict[str, list[Measurement]]:
    found = defaultdict(list)
    for row in known.rows.headline([row for row in known.rows.rows if _overlap_of_cohort(known, row)]):
        found[row.cohort.partition("=")[0]].append(row)
    return found


def _overlap_of_cohort(known: Evidence, row: Measurement) -> bool:
    about = row.metric == "overlap" and row.candidate == known.candidate and row.scope == "corpus"
    return about and row.cohort != "" and not math.isnan(row.value)


def _moved(known: Evidence, row: Measurement) -> str:
    found = known.rows.find("self_displacement", known.candidate, scope=row.scope, cohort=row.cohort)
    if not found or math.isnan(found[0].value):
        return ""
    return f"; 1 − cosine of its old and new vectors is {number(found[0].value)}"
