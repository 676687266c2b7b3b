"""What a precision run found, in sentences."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

from embdrift.report.conclusion import Conclusion, Finding, Movement
from embdrift.report.measurements import quality_changes
from embdrift.report.precision.run import cell_of, ladder
from embdrift.report.wording import count, joined, number, one_line, percent, plural, scope_words, the_nearest
from embdrift.results import SavedRun, rows_in
from embdrift.tables import (
    PRECISION_LOST,
    PRECISION_NUMERIC,
    PRECISION_PROVENANCE,
    PRECISION_RANGE,
    PRECISION_STANDING_OUT,
)

KEPT = 0.99
"""Cells that keep this share of the neighbours are worth naming."""
ALMOST_ALL = 0.9999
MOST_NAMED = 5
HALF = 0.5
SETS = {"corpus": "item", "queries": "query"}
SLIPS = {
    "none": "",
    "scaled": "all vectors were multiplied by {ratio}",
    "not_normalised": "normalisation is missing: the reference has unit length, the candidate has not",
    "normalised": "the candidate has unit length and the reference has not",
    "lengths": "the lengths of the vectors changed",
}


def in_terminal(run: SavedRun) -> list[str]:
    """One sentence for the run, then what is wrong, then each candidate, then the ladder."""
    said = [_sentence(run)]
    for each in [*_alarms(run), *(_candidate(run, name) for name in run.record.candidates)]:
        said += [each.headline, *each.details]
    return [*said, *(each.headline for each in _ladder(run))]


def conclusion(run: SavedRun) -> Conclusion:
    """One sentence for the run, then alarms, candidates and the rungs of the ladder that tell most."""
    findings = [*_alarms(run), *(_candidate(run, name) for name in run.record.candidates), *_ladder(run)]
    return Conclusion(_sentence(run), tuple(findings))


def _sentence(run: SavedRun) -> str:
    unexplained = sum(value for _, _, value in _unexplained(run))
    if unexplained:
        return one_line(
            f"UNEXPLAINED: {plural(int(unexplained), 'neighbour')} went missing for a reason that is neither a tie nor"
            " rounding; this is a bug, and every other figure waits for it."
        )
    scope = run.scopes[0]
    good = [name for name in ladder(run) if run.figures.get("overlap", scope, name).value >= KEPT]
    nearest = the_nearest(run.record.k, scope_words(scope).found)
    if not good:
        return one_line(f"No way of storing and computing that was tried keeps {percent(KEPT)} of {nearest}.")
    smallest = min(
        good, key=lambda name: (cell_of(run, name)["bytes_kept"], -run.figures.get("overlap", scope, name).value)
    )
    size, full = cell_of(run, smallest)["bytes_kept"], _original_bytes(run)
    times = f", {full / size:.1f} times smaller than the reference" if isfinite(full) and full > size else ""
    return one_line(
        f"{smallest} keeps"
        f" {percent(run.figures.get('overlap', scope, smallest).value, 2)} of {nearest} in {count(size)}"
        f" bytes a vector{times}: of {len(ladder(run))} ways tried, the smallest that keeps {percent(KEPT)} or more."
    )


def _original_bytes(run: SavedRun) -> float:
    """Bytes of a reference vector, as it was given."""
    widths = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int8": 1, "uint8": 1}
    found = next((each for each in run.record.inputs if each.role == "reference"), None)
    if found is None or found.d is None or found.dtype not in widths:
        return float("nan")
    return float(found.d * widths[found.dtype])


def _unexplained(run: SavedRun) -> Iterator[tuple[str, str, float]]:
    for scope in run.scopes:
        for name in [*ladder(run), *run.record.candidates]:
            found = run.figures.get("lost_unexplained", scope, name)
            if found.defined and found.value > 0:
                yield scope, name, found.value


def _alarms(run: SavedRun) -> Iterator[Finding]:
    for scope, name, amount in _unexplained(run):
        rows = run.rows(PRECISION_LOST)
        rows = rows[(rows["scope"] == scope) & (rows["candidate"] == name) & (rows["label"] == "unexplained")]
        shown = [f"{row['lost']} from the list of {row['item']}" for row in rows_in(rows.head(MOST_NAMED))]
        yield _finding(
            name,
            f"{name}: {plural(int(amount), 'lost neighbour')} unexplained, {scope_words(scope).title.lower()}",
            [f"Among them: {joined(shown)}." if shown else "", *_wrong(run, name)],
        )
    yield from _ranges(run)


def _wrong(run: SavedRun, name: str) -> Iterator[str]:
    """Rows that are not a fresh rounding of the reference."""
    rows = run.rows(PRECISION_PROVENANCE)
    rows = rows[rows["candidate"] == name]
    for row in rows_in(rows.head(MOST_NAMED)):
        where = f"{SETS.get(row['set'], row['set'])} {row['id']} (row {row['row']:.0f})"
        if row["holds_id"]:
            yield f"{where} holds the vector of {row['holds_id']}."
        else:
            yield (
                f"{where} is not what it should be: dimension {row['dimension']:.0f} is {row['found']:.6g} instead of"
                f" {row['expected']:.6g}"
                + (f", and {row['differing'] - 1:.0f} more differ." if row["differing"] > 1 else ".")
            )
    if len(rows) > MOST_NAMED:
        yield f"tables/provenance.csv names {len(rows) - MOST_NAMED} more."


def _ranges(run: SavedRun) -> Iterator[Finding]:
    rows = run.rows(PRECISION_RANGE)
    for row in rows_in(rows[rows["vectors"] > 0]):
        what = plural(int(row["vectors"]), SETS.get(row["set"], "vector"))
        yield _finding(row["candidate"], f"{row['candidate']}: {what}: {row['problem']} (ids {row['ids']})", [])


def _candidate(run: SavedRun, name: str) -> Finding:
    rows = run.rows(PRECISION_NUMERIC)
    mine = list(rows_in(rows[rows["candidate"] == name]))
    verdicts = {row["verdict"] for row in mine}
    if not mine:
        return _finding(name, f"{name}: dimensions differ, so the numbers cannot be compared", _effects(run, name))
    if verdicts == {"equal"}:
        headline = f"{name} is equal to the reference bit for bit"
    elif verdicts <= {"equal", "numeric_scale"}:
        worst = max(row["relative_error_median"] for row in mine)
        headline = f"{name} is a numeric-scale change: small and even, {worst:.1e} of a vector's length in the median"
    elif "not_numeric" in verdicts:
        worst = max(row["relative_error_median"] for row in mine)
        headline = f"{name} is no numeric-scale change: half of the vectors move by more than {percent(worst)}"
    else:
        amount = sum(row["standing_out"] for row in mine)
        headline = f"{name} is no numeric-scale change: {plural(int(amount), 'vector')} stand out"
    details = [text for row in mine for text in _numbers(run, row)]
    return _finding(name, headline, [*details, *_wrong(run, name), *_effects(run, name)])


def _numbers(run: SavedRun, row: dict[str, Any]) -> Iterator[str]:
    slip = SLIPS.get(row["slip"], "").format(ratio=f"{row['length_ratio']:.6g}")
    if slip:
        yield f"{scope_words(row['set']).title}: {slip}."
    if row["as_if"] and row["verdict"] != "equal":
        wrong = "" if not row["wrongly_stored"] else f", but for {count(row['wrongly_stored'])} of {count(row['n'])}"
        how = "equal to the reference" if row["equal_rows"] >= HALF else f"as if stored in {row['as_if']}"
        yield f"{scope_words(row['set']).title}: {how}{wrong}."
    if row["standing_out"]:
        yield _named(run, row)


def _named(run: SavedRun, row: dict[str, Any]) -> str:
    rows = run.rows(PRECISION_STANDING_OUT)
    rows = rows[(rows["candidate"] == row["candidate"]) & (rows["set"] == row["set"])]
    shown = [
        f"{each['id']} (holds {each['holds_id']})" if each["holds_id"] else each["id"]
        for each in rows_in(rows.head(MOST_NAMED))
    ]
    return f"{scope_words(row['set']).title}: {count(row['standing_out'])} stand out, the most {joined(shown)}."


def _effects(run: SavedRun, name: str) -> Iterator[str]:
    for scope in run.scopes:
        overlap, predicted = run.figures.get("overlap", scope, name), run.figures.get("overlap_predicted", scope, name)
        if overlap.defined:
            beside = f"; its score errors lead to expect {percent(predicted.value, 2)}" if predicted.defined else ""
            words = scope_words(scope)
            nearest = the_nearest(run.record.k, words.found)
            yield f"{words.title}: keeps {percent(overlap.value, 2)} of {nearest}{beside}."
        for judged in quality_changes(run.figures, scope, name)[:1]:
            change = judged.change
            yield (
                f"{judged.label} {number(judged.candidate.value)} against {number(judged.reference)}"
                f" ({number(change.low)} to {number(change.high)} of change)."
            )


def _ladder(run: SavedRun) -> Iterator[Finding]:
    for name in ladder(run):
        cell = cell_of(run, name)
        if not cell["measured"]:
            yield _finding(name, f"{name}: {cell['note']}", [])
            continue
        scope = run.scopes[0]
        overlap = run.figures.get("overlap", scope, name)
        if overlap.value >= ALMOST_ALL:
            continue
        yield _finding(
            name,
            f"{name} keeps {percent(overlap.value, 2)} of {the_nearest(run.record.k, scope_words(scope).found)}",
            list(_why(run, scope, name)),
        )


def _why(run: SavedRun, scope: str, name: str) -> Iterator[str]:
    ties, explained = run.figures.get("lost_tie", scope, name), run.figures.get("lost_explained", scope, name)
    if not ties.defined:
        yield "What it lost is not labelled: raw codes and bits are another similarity."
    elif ties.n:
        yield (
            f"Of {count(ties.n)} lost neighbours {count(explained.value)} are explained by rounding and"
            f" {count(ties.value)} are ties."
        )
    created = run.figures.get("boundary_ties_created", scope, name)
    if created.defined and created.value > 0.01:
        yield f"It makes {percent(created.value)} of the lists end in a tie that was none."
    yield from (text for text in _effects(run, name) if text.startswith(("nDCG", "MRR")))


def _finding(name: str, headline: str, details: "list[str] | Iterator[str]") -> Finding:
    return Finding(name, one_line(f"{headline}."), tuple(one_line(text) for text in details if text), Movement.unknown)
