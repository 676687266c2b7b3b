"""A run as a text file for Prometheus, which the node exporter's textfile collector reads."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pandas as pd

from embdrift.gates import Verdict
from embdrift.report.machine.escaping import printable
from embdrift.report.machine.prometheus.exposition import exposition
from embdrift.report.machine.prometheus.figures import figure_series, read_summary, undefined_figures
from embdrift.report.machine.prometheus.helps import helps
from embdrift.report.machine.prometheus.histograms import histogram_series
from embdrift.report.machine.prometheus.outcomes import verdict_series
from embdrift.report.machine.prometheus.run import dropped_series, run_series
from embdrift.report.machine.prometheus.series import Series, within_limit
from embdrift.report.record import Record

SERIES_LIMIT = 2_000
"""Time series of one run, at most: about as many as a node exporter has to tell about its host."""


def prometheus_text(run_folder: Path, verdict: Verdict, record: Record, *, limit: int = SERIES_LIMIT) -> bytes:
    """Verdict, rules, figures and histograms of a run in Prometheus's text format.

    Beyond the limit cohorts are left out first; `embdrift_dropped_series` says how many series were. What the run, the
    candidates' verdicts and the series dropped are themselves is always written.

    Args:
        run_folder: a whole run
        verdict: what the gate found
        record: of the run
        limit: time series at most

    Raises:
        InputError: when the summary or the record cannot be read
    """
    summary = read_summary(run_folder)
    run = printable(record.name)
    kept = within_limit(_all(run_folder, verdict, record, summary), limit)
    return exposition([*kept.series, *dropped_series(kept.dropped, run)], helps(summary["metric"].unique()))


def _all(run_folder: Path, verdict: Verdict, record: Record, summary: pd.DataFrame) -> Iterator[Series]:
    run = printable(record.name)
    return chain(
        run_series(record, verdict, folder=run_folder.resolve().name, undefined=undefined_figures(summary)),
        verdict_series(verdict, run),
        figure_series(summary, run),
        histogram_series(run_folder, record, run),
    )
