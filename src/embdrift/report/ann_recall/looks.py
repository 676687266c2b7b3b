"""How versions are drawn: the reference in ink, candidates as in every other report."""

from collections.abc import Mapping

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from embdrift.report.palette import INK, Look, looks
from embdrift.report.wording import short_names
from embdrift.results import SavedRun


def shared_legend(figure: Figure) -> None:
    """One legend below all panels, each label once."""
    found: dict[str, Artist] = {}
    for axes in figure.axes:
        handles, labels = axes.get_legend_handles_labels()
        found |= {label: handle for handle, label in zip(handles, labels, strict=True) if label not in found}
    figure.legend(list(found.values()), list(found), loc="outside lower left", ncols=4, frameon=False)


def version_looks(run: SavedRun) -> Mapping[str, Look]:
    """A look for the reference and for each candidate."""
    reference = run.record.reference
    names = short_names([reference, *run.record.candidates])
    return {reference: Look(names[reference], INK, "X", "-")} | dict(looks(run.record.candidates))
