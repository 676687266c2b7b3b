"""What an ANN-recall run found, in sentences."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

from embdrift.report.ann_recall.run import at_k, target_recall
from embdrift.report.conclusion import Conclusion, Finding, Movement
from embdrift.report.wording import joined, number, one_line, percent
from embdrift.results import SavedRun, rows_in
from embdrift.tables import (
    ANN_COMPARISONS,
    ANN_CURVE,
    ANN_DECISIONS,
    ANN_EQUAL_RECALL,
    ANN_EXACT_OVERLAP,
    ANN_OPERATING_POINTS,
)

ADVICE = {
    "keep": "can be kept as {it}: put the new vectors into {them}",
    "rebuild": "should be trained on the new vectors; the search settings can stay",
    "retune": "must be trained on the new vectors and tuned again",
    "unreachable": "cannot reach the target with any setting tried",
    "inconclusive": "should be trained on the new vectors; whether the search settings can stay, these queries are too"
    " few to tell",
    "untuned": "did not reach the target on the reference, so nothing is tuned that could be kept",
    "failed": "could not be built or searched",
}
WRECKED = 0.8
"""A stale index below this share of the reference's recall is worth a sentence of its own."""
DEARER = 1.1
"""A cost above so many times the reference's is worth a sentence."""
SAME = 0.999
"""Exact neighbours that agree to this share are called the same."""


def in_terminal(run: SavedRun) -> list[str]:
    """One sentence for the run, then a few per candidate."""
    found = conclusion(run)
    return [found.sentence, *[text for each in found.findings for text in (each.headline, *each.details)]]


def conclusion(run: SavedRun) -> Conclusion:
    """One sentence for the run, and what to do with each tuned index per candidate."""
    findings = tuple(_finding(run, candidate) for candidate in run.record.candidates)
    return Conclusion(_sentence(run), findings or (_reference_only(run),))


def _sentence(run: SavedRun) -> str:
    decisions = at_k(run, ANN_DECISIONS)
    if decisions.empty:
        points = at_k(run, ANN_OPERATING_POINTS)
        return one_line(f"{points['recall_tuning'].count()} of {len(points)} indexes reach {_target(run)}.")
    parts = []
    for candidate in run.record.candidates:
        mine = decisions[decisions["candidate"] == candidate]
        kept = mine[mine["decision"] == "keep"]["index"].tolist()
        which = f"{len(kept)} of {len(mine)} ({_listed(kept)})" if kept else f"none of {len(mine)}"
        parts.append(f"for {candidate} {which}")
    return one_line(f"Which tuned indexes can be kept at {_target(run)}: {'; '.join(parts)}.")


def _target(run: SavedRun) -> str:
    return f"recall@{run.record.k} {target_recall(run):g}"


def _reference_only(run: SavedRun) -> Finding:
    return Finding(run.record.reference, f"{run.record.reference}:", tuple(_points(run)), Movement.unknown)


def _points(run: SavedRun) -> Iterator[str]:
    for row in rows_in(at_k(run, ANN_OPERATING_POINTS)):
        if isfinite(row["recall_tuning"]):
            at = f" at {row['search']}" if row["search"] else ""
            reached = number(row["recall_reporting"])
            yield one_line(f"“{row['index']}” reaches {_target(run)}{at}: {reached} on the other queries.")
        elif isfinite(row["best_tuning"]):
            best = number(row["best_tuning"])
            yield one_line(f"“{row['index']}” does not reach {_target(run)}: {best} at best.")
        else:
            yield one_line(f"“{row['index']}” could not be measured: {row['note']}.")


def _finding(run: SavedRun, candidate: str) -> Finding:
    mine = at_k(run, ANN_DECISIONS, candidate=candidate)
    headlines = []
    for decision, advice in ADVICE.items():
        names = mine[mine["decision"] == decision]["index"].tolist()
        if names:
            many = len(names) > 1
            text = advice.format(it="they are" if many else "it is", them="them" if many else "it")
            headlines.append(f"{_listed(names)} {text}")
    details = [*_exact(run, candidate), *_losses(run, candidate), *_costs(run, candidate)]
    headline = f"{candidate}: {'. '.join(headlines) or 'nothing was measured'}."
    return Finding(candidate, one_line(headline), tuple(one_line(text) for text in details), Movement.unknown)


def _exact(run: SavedRun, candidate: str) -> Iterator[str]:
    for row in rows_in(at_k(run, ANN_EXACT_OVERLAP, candidate=candidate)):
        yield (
            f"Exact search keeps {percent(row['overlap'])} of the {run.record.k} nearest, whatever the"
            " index; an index is"
            " held against exact search on the vectors that it holds."
        )


def _losses(run: SavedRun, candidate: str) -> Iterator[str]:
    """What became of tuned indexes, those whose trained parts no longer fit first."""
    rows = list(rows_in(at_k(run, ANN_COMPARISONS, candidate=candidate)))
    exact = [row["overlap"] for row in rows_in(at_k(run, ANN_EXACT_OVERLAP, candidate=candidate))]
    turned = bool(exact) and exact[0] >= SAME
    wrecked = [row for row in rows if row["question"] == "stale" and row["recall"] < WRECKED * row["recall_reference"]]
    for row in wrecked:
        yield (
            f"“{row['index']}” is wrecked when it keeps what it was trained on: recall {number(row['recall'])} instead"
            f" of {number(row['recall_reference'])}{_setting(row)}."
        )
    named = {row["index"] for row in wrecked}
    cheap = [row for row in _wrecked_when_cheap(run, candidate) if turned and row["index"] not in named]
    for row in cheap:
        yield (
            f"“{row['index']}” is wrecked at a cheaper setting than the tuned one when it keeps what it was trained on:"
            f" recall {number(row['recall'])} instead of {number(row['recall_reference'])}{_setting(row)}."
        )
    if turned and (wrecked or cheap):
        yield (
            "Yet exact search finds the same neighbours as before: the space was only turned, and what these indexes"
            " learned points the old way."
        )
    yield from (_loss(row) for row in rows if row["verdict"] == "lost" and row not in wrecked)


def _wrecked_when_cheap(run: SavedRun, candidate: str) -> Iterator[dict[str, Any]]:
    """Per index, the setting no dearer than the tuned one at which old training loses most, where that is a wreck."""
    keys = ["index", "search"]
    curve, tuned = at_k(run, ANN_CURVE), at_k(run, ANN_OPERATING_POINTS).set_index("index")["search"]
    old = curve[(curve["version"] == run.record.reference) & (curve["question"] == "fresh")].set_index(keys)
    stale = curve[(curve["version"] == candidate) & (curve["question"] == "stale")]
    for index, rows in stale.groupby("index", sort=False):
        most = old["distances"].get((index, tuned.get(index, "")), float("nan"))
        both = rows.join(old[["recall", "distances"]].add_suffix("_reference"), on=keys)
        both = both[both["distances_reference"] < most]
        share = both["recall"] / both["recall_reference"]
        if len(both) and share.min() < WRECKED:
            yield next(rows_in(both.loc[[share.idxmin()]]))


def _loss(row: dict[str, Any]) -> str:
    how = "with what it was trained on" if row["question"] == "stale" else "trained anew"
    return (
        f"“{row['index']}”, {how}, loses {number(-row['change'])} of recall{_setting(row)} ({number(-row['high'])} to"
        f" {number(-row['low'])}, p = {number(row['p_holm'])} after Holm's correction)."
    )


def _setting(row: dict[str, Any]) -> str:
    return f" at {row['search']}" if row["search"] else ""


def _costs(run: SavedRun, candidate: str) -> Iterator[str]:
    for row in rows_in(at_k(run, ANN_EQUAL_RECALL, version=candidate, question="fresh")):
        if row["state"] == "unreachable" and isfinite(row["best"]):
            best = number(row["best"])
            yield f"“{row['index']}”: {_target(run)} is unreachable with the settings tried, the best is {best}."
        elif row["distances_ratio"] > DEARER:
            yield (
                f"“{row['index']}” needs {row['distances_ratio']:.1f} times the distance computations to reach"
                f" {_target(run)} when trained anew."
            )


def _listed(names: list[str]) -> str:
    """Names of indexes as a phrase; they hold commas themselves."""
    return joined([f"“{name}”" for name in names])
