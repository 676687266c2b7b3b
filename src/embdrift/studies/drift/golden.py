"""Agreement of each version's cosines with golden pairs, and the pairs whose outcome changed."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from embdrift.data import GoldenPairs
from embdrift.errors import InputError
from embdrift.metrics import best_cut_off, pair_cosines, passes, share_interval, spearman, spearman_resamples
from embdrift.metrics.catalog import Role, metric_named
from embdrift.studies.drift.options import STUDY, DriftOptions
from embdrift.studies.engine.findings import Findings
from embdrift.studies.engine.quality import change_rows, with_holm
from embdrift.studies.engine.rows import SummaryRow, joined, left_out, mean_row
from embdrift.studies.engine.study import CheckedSet, QuerySet, StudyInput, Version
from embdrift.types import Array, Floats, Positions

RESAMPLES = 2000
SHOWN = 5
UNKNOWN = "an id is not there, or a vector is zero"
ONE_GRADE = "all pairs are judged alike, and a rank correlation needs pairs of two kinds"
ONE_KIND = "all pairs are of one kind, which any cut-off suits: set study.golden_threshold"


@dataclass(frozen=True, eq=False)
class Placed:
    """Golden pairs in one version.

    Args:
        cosines: shape (pairs,), NaN where an id is not there or a vector is zero
        unknown: ids that are not there, ascending
        pairs_unknown: pairs that name one
        doubtful: ids that are both an item and a query and are read as items, since nothing says which
    """

    cosines: Floats
    unknown: tuple[str, ...]
    pairs_unknown: int
    doubtful: int


def require_golden(given: StudyInput) -> None:
    """Check that golden pairs name items or queries of every version, before any long computation.

    Raises:
        InputError: when a version holds both ids of no pair
    """
    if given.golden is None:
        return
    for version in (given.reference, *given.candidates):
        if not (_rows(given.golden, version)[0] >= 0).all(axis=1).any():
            raise InputError(
                f"none of {len(given.golden)} pairs in {given.golden.source} names two ids of"
                f" {version.corpus.label}; check that their ids are written alike"
            )


def place(golden: GoldenPairs, version: Version) -> Placed:
    """The cosine of each golden pair in one version."""
    rows, queries, doubtful = _rows(golden, version)
    known = (rows >= 0).all(axis=1)
    cosines = np.full(len(golden), np.nan)
    sets = {False: version.corpus, True: version.queries}
    for left in (False, True):
        for right in (False, True):
            at = np.flatnonzero(known & (queries[:, 0] == left) & (queries[:, 1] == right))
            a, b = sets[left], sets[right]
            if len(at) and a is not None and b is not None:
                cosines[at] = pair_cosines(a.vectors, b.vectors, rows[at, 0], rows[at, 1])
    lacking = {name for at, side in enumerate("ab") for name in golden.frame[side][rows[:, at] < 0]}
    return Placed(cosines, tuple(sorted(lacking)), int((~known).sum()), doubtful)


def golden_findings(given: StudyInput, options: DriftOptions) -> Findings:
    """Rank correlation and pass rate of every version, their change, and the pairs whose outcome changed.

    Args:
        given: versions and golden pairs
        options: the cut-off, and the grade from which a pair is similar
    Returns:
        rows, a table and notes; none of them without golden pairs
    """
    golden, findings = given.golden, Findings(STUDY.name, given.reference.name)
    if golden is None:
        return findings
    similar, kind_note = kinds(golden, options)
    placed = {version.name: place(golden, version) for version in (given.reference, *given.candidates)}
    cut_off, cut_off_note = threshold(placed[given.reference.name].cosines, similar, given.reference.name, options)
    judging = _Judging(golden.frame["grade"].to_numpy(np.float64), similar, cut_off, joined(cut_off_note, kind_note))
    old = placed[given.reference.name]
    rows = judging.own_rows(given.reference.name, old.cosines, seed=given.common.seed)
    for version in given.candidates:
        new = placed[version.name].cosines
        rows += judging.own_rows(version.name, new, seed=given.common.seed)
        rows += judging.against_rows(version.name, old.cosines, new, seed=given.common.seed)
        findings.tables.setdefault("golden_pairs", []).append(
            judging.changed_pairs(golden, old.cosines, new, version.name)
        )
    findings.rows = with_holm(rows)
    notes = [(name, note) for name, one in placed.items() for note in _notes(golden, one)]
    for text in dict.fromkeys(note for _, note in notes):
        findings.notes.append(f"{', '.join(name for name, note in notes if note == text)}: {text}")
    return findings


def kinds(golden: GoldenPairs, options: DriftOptions) -> tuple[Floats, str]:
    """Whether each pair is similar, 1 or 0, and a note on the score that decides it; NaN where it is not known."""
    similar = golden.frame["similar"].to_numpy(np.float64)
    if not np.isnan(similar).all():
        return similar, ""
    grade, least = golden.frame["grade"].to_numpy(np.float64), options.golden_similar_from
    if least is None:
        least = (float(grade.min()) + float(grade.max())) / 2
        return (grade >= least).astype(np.float64), f"similar from a score of {least:g}, the middle of the scores"
    return (grade >= least).astype(np.float64), f"similar from a score of {least:g} as set"


def threshold(cosines: Floats, similar: Floats, reference: str, options: DriftOptions) -> tuple[float, str]:
    """The cosine that divides similar from dissimilar pairs, the same in every version, and where it comes from."""
    if options.golden_threshold is not None:
        return options.golden_threshold, f"cut-off {options.golden_threshold:g} as set"
    known = ~np.isnan(cosines)
    found = best_cut_off(cosines[known], similar[known])
    if np.isnan(found):
        return found, ONE_KIND
    return found, f"cut-off {found:.4f}, on which most pairs pass in {reference}"


@dataclass(frozen=True, eq=False)
class _Judging:
    """The judgments that all versions are compared with.

    Args:
        grades: shape (pairs,), what people said
        similar: shape (pairs,), 1 or 0
        cut_off: the cosine that divides them
        note: where the cut-off and the kinds come from
    """

    grades: Floats
    similar: Floats
    cut_off: float
    note: str

    def own_rows(self, name: str, cosines: Floats, *, seed: int) -> list[SummaryRow]:
        known = ~np.isnan(cosines)
        note = left_out(int((~known).sum()), len(known), UNKNOWN)
        about = SummaryRow(QuerySet.corpus, name, n=int(known.sum()), note=note)
        rank = replace(about, metric="golden_spearman", value=spearman(self.grades[known], cosines[known]))
        if np.isnan(rank.value):
            rank = replace(rank, note=joined(ONE_GRADE, about.note))
        else:
            draws = spearman_resamples(self.grades[known], cosines[known], resamples=RESAMPLES, seed=seed)[:, 0]
            rank = _with_interval(rank, draws)
        outcome = passes(cosines, self.similar, self.cut_off)
        why = UNKNOWN if np.isfinite(self.cut_off) else ONE_KIND
        note = self.note if np.isfinite(self.cut_off) else ""
        rate = mean_row(replace(about, metric="golden_pass_rate", note=note), outcome, None, undefined=why)
        found = share_interval(int(np.nansum(outcome)), rate.n)
        return [rank, replace(rate, low=found.low, high=found.high)]

    def against_rows(self, name: str, old: Floats, new: Floats, *, seed: int) -> list[SummaryRow]:
        both = ~(np.isnan(old) | np.isnan(new))
        about = SummaryRow(QuerySet.corpus, name, n=int(both.sum()))
        values = [spearman(self.grades[both], cosines[both]) for cosines in (old, new)]
        changed = metric_named(metric_named("golden_spearman").row_name(Role.change))
        rank = replace(about, metric=changed.name, value=values[1] - values[0], chance=changed.chance_at())
        if np.isnan(rank.value):
            rank = replace(rank, note=ONE_GRADE)
        else:
            draws = spearman_resamples(self.grades[both], old[both], new[both], resamples=RESAMPLES, seed=seed)
            rank = _with_interval(rank, draws[:, 1] - draws[:, 0])
        before, after = (passes(cosines, self.similar, self.cut_off) for cosines in (old, new))
        why = UNKNOWN if np.isfinite(self.cut_off) else ONE_KIND
        rate = SummaryRow(QuerySet.corpus, name, metric="golden_pass_rate")
        broken = replace(about, metric="golden_broken", note=self.note)
        if np.isfinite(self.cut_off):
            broken = replace(broken, value=float(((before == 1) & (after == 0)).sum()))
        return [rank, *change_rows(rate, after - before, None, why, seed=seed), broken]

    def changed_pairs(self, golden: GoldenPairs, old: Floats, new: Floats, name: str) -> pd.DataFrame:
        before, after = (passes(cosines, self.similar, self.cut_off) for cosines in (old, new))
        at = np.flatnonzero((before != after) & ~np.isnan(before) & ~np.isnan(after))
        # broken pairs first, those that moved farthest at the top
        at = at[np.lexsort((-np.abs(new[at] - old[at]), after[at]))]
        frame = golden.frame.iloc[at][["a", "b", "grade", "similar"]].reset_index(drop=True)
        frame["similar"] = self.similar[at]
        frame["reference_cosine"], frame["candidate_cosine"] = old[at], new[at]
        frame["cut_off"] = self.cut_off
        frame["outcome"] = np.where(after[at] == 0, "broken", "mended")
        frame.insert(0, "candidate", name)
        return frame


def _with_interval(row: SummaryRow, draws: Floats) -> SummaryRow:
    known = draws[~np.isnan(draws)]
    note = joined(row.note, f"percentile bootstrap over pairs, {len(known):,} resamples")
    if len(known) < len(draws) / 2:
        return replace(row, note=joined(row.note, "too few pairs of one kind for an interval"))
    low, high = np.quantile(known, [0.025, 0.975])
    return replace(row, low=float(low), high=float(high), note=note)


def _rows(golden: GoldenPairs, version: Version) -> tuple[Positions, Array, int]:
    """Rows of both ids of each pair, -1 for those not there; whether they are queries; ids that could be either."""
    items, queries = _finder(version.corpus), None if version.queries is None else _finder(version.queries)
    rows = np.full((len(golden), 2), -1)
    asked = np.zeros((len(golden), 2), np.bool_)
    doubtful: set[str] = set()
    for at, side in enumerate("ab"):
        names, said = golden.frame[side], golden.frame[f"{side}_is"].to_numpy()
        among_items = items.reindex(names).to_numpy()
        among_queries = np.full(len(names), np.nan) if queries is None else queries.reindex(names).to_numpy()
        both = ~np.isnan(among_items) & ~np.isnan(among_queries) & (said == "")
        doubtful |= set(names[both])
        asked[:, at] = (said == "query") | ((said == "") & np.isnan(among_items) & ~np.isnan(among_queries))
        found = np.where(asked[:, at], among_queries, among_items)
        rows[:, at] = np.where(np.isnan(found), -1, found)
    return rows, asked, len(doubtful)


def _finder(checked: CheckedSet) -> "pd.Series[float]":
    ids, rows = checked.ordered_ids, checked.ordered_rows
    return pd.Series(rows.astype(np.float64), index=pd.Index(ids.astype(str).astype(object)))


def _notes(golden: GoldenPairs, placed: Placed) -> list[str]:
    notes = []
    if placed.unknown:
        shown = ", ".join(placed.unknown[:SHOWN]) + (", …" if len(placed.unknown) > SHOWN else "")
        notes.append(
            f"{placed.pairs_unknown} of {len(golden)} golden pairs name {len(placed.unknown)} ids that are not"
            f" there, and are left out ({shown})."
        )
    if placed.doubtful:
        notes.append(
            f"{placed.doubtful} ids of golden pairs are both an item and a query, and are read as items;"
            " columns a_is and b_is can say which."
        )
    return notes
