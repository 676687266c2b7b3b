"""Style and saving that all figures share."""

from embdrift.report.plots.saving import save_figure
from embdrift.report.plots.style import house_style

__all__ = ["house_style", "save_figure"]
