"""What a reader of an ANN-recall study should know besides its figures."""

from collections import Counter

from embdrift.index import State
from embdrift.studies.ann_recall.analysis import Analysis
from embdrift.studies.ann_recall.options import AnnOptions

UNSTEADY = 1.25
"""Equal work that took so many times as long is worth a sentence."""


def notes_of(analysis: Analysis, options: AnnOptions, ground_truth: str) -> list[str]:
    """Who searched, what a given file of neighbours was worth, whether the controls held, and what was not built."""
    asked, split = analysis.asked, analysis.split
    what = "queries" if asked.scope == "queries" else f"items drawn at random from {asked.population:,}"
    notes = [
        f"{len(asked.ids):,} {what}: tuned on {int(split.tuning.sum()):,}, reported on the other"
        f" {int(split.reporting.sum()):,}."
    ]
    if ground_truth:
        notes.append(f"Given neighbours: {ground_truth}.")
    if options.build_threads > 1:
        notes.append("Built with several threads: graphs come out a little differently each time.")
    kept, cells = sum(one.is_kept for one in analysis.swept), len(analysis.swept)
    if kept:
        notes.append(f"Answers and times of {kept} of {cells} builds are those of an earlier run.")
    return [*notes, *_control(analysis), *_unsteady(analysis), *_not_done(analysis)]


def _control(analysis: Analysis) -> list[str]:
    """Whether exhaustive search over whole vectors found everything, where it was among the indexes."""
    return [
        f"Control failed: flat search on {setting.place.version} has recall@{setting.k} {setting.mean():.6f} instead of"
        " 1; scores there differ by less than float32 can tell."
        for setting in analysis.settings.all()
        if setting.build.kind == "flat" and setting.mean() < 0.9999
    ]


def _unsteady(analysis: Analysis) -> list[str]:
    """Whether exhaustive search, the same work on versions of one size, took another time on some of them."""
    sizes = {version.name: (version.n, version.d) for version in analysis.prepared}
    speeds = [
        1000 / setting.milliseconds
        for setting in analysis.settings.all()
        if setting.build.kind == "flat"
        and setting.k == analysis.ks[0]
        and sizes[setting.place.version] == sizes[analysis.reference]
    ]
    if not speeds or max(speeds) <= UNSTEADY * min(speeds):
        return []
    return [
        f"Times are unsteady: flat search does the same work on every version and ran at {min(speeds):,.0f} to"
        f" {max(speeds):,.0f} queries per second; go by distance computations, or measure on an idle machine."
    ]


def _not_done(analysis: Analysis) -> list[str]:
    """Why cells have no answers, each reason once."""
    reasons = Counter((one.state.value, one.note) for one in analysis.swept if one.state is not State.done)
    reasons += Counter(
        ("warning", f"{one.cell.build.name}: {one.note}")
        for one in analysis.swept
        if one.state is State.done and one.note
    )
    return [
        f"{state.capitalize()} ({amount} build{'s' * (amount > 1)}): {note}."
        for (state, note), amount in reasons.items()
    ]
