"""A run as a text file for Prometheus, which the node exporter's textfile collector reads."""

from collections.abc import Iterator
from itertools import chain

from embdrift.gates import Verdict
from embdrift.report.machine.escaping import printable
from embdrift.report.machine.prometheus.exposition import exposition
from embdrift.report.machine.prometheus.figures import figure_series, undefined_figures
from embdrift.report.machine.prometheus.helps import helps
from embdrift.report.machine.prometheus.histograms import histogram_series
from embdrift.report.machine.prometheus.outcomes import verdict_series
from embdrift.report.machine.prometheus.run import dropped_series, run_series
from embdrift.report.machine.prometheus.series import Series, within_limit
from embdrift.results import SavedRun

SERIES_LIMIT = 2_000
"""Time series of one run, at most: about as many as a node exporter has to tell about its host."""


def prometheus_text(run: SavedRun, verdict: Verdict, *, limit: int = SERIES_LIMIT) -> bytes:
    """Verdict, rules, figures and histograms of a run in Prometheus's text format.

    Beyond the limit cohorts are left out first; `embdrift_dropped_series` says how many series were. What the run, the
    candidates' verdicts and the series dropped are themselves is always written.

    Args:
        run: the run
        verdict: what the gate found
        limit: time series at most

    Raises:
        InputError: when the summary or the record cannot be read
    """
    kept = within_limit(_all(run, verdict), limit)
    dropped = dropped_series(kept.dropped, printable(run.record.name))
    return exposition([*kept.series, *dropped], helps(run.summary["metric"].unique()))


def _all(run: SavedRun, verdict: Verdict) -> Iterator[Series]:
    name, folder = printable(run.record.name), run.folder.resolve().name
    return chain(
        run_series(run.record, verdict, folder=folder, undefined=undefined_figures(run.summary)),
        verdict_series(verdict, name),
        figure_series(run.summary, name),
        histogram_series(run, name),
    )
