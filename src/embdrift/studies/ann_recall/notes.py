"""What a reader of an ANN-recall study should know besides its figures."""

from collections import Counter

from embdrift.index import State
from embdrift.studies.ann_recall.analysis import Analysis
from embdrift.studies.ann_recall.options import AnnOptions


def notes_of(analysis: Analysis, options: AnnOptions, ground_truth: str) -> list[str]:
    """Who searched, what a given file of neighbours was worth, whether the control held, and what was not built."""
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
    return [*notes, *_control(analysis), *_not_done(analysis)]


def _control(analysis: Analysis) -> list[str]:
    """Whether exhaustive search over whole vectors found everything, where it was among the indexes."""
    return [
        f"Control failed: flat search on {setting.place.version} has recall@{setting.k} {setting.mean():.6f} instead of"
        " 1; scores there differ by less than float32 can tell."
        for setting in analysis.settings.all()
        if setting.build.kind == "flat" and setting.mean() < 0.9999
    ]


def _not_done(analysis: Analysis) -> list[str]:
    """Why cells have no answers, each reason once."""
    reasons = Counter((one.state.value, one.note) for one in analysis.swept if one.state is not State.done)
    reasons += Counter(
        ("warning", f"{one.cell.build.name}: {one.note}")
        for one in analysis.swept
        if one.state is State.done and one.note
    )
    return [f"{state.capitalize()} ({amount} builds): {note}." for (state, note), amount in reasons.items()]
