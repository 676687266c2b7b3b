"""Histograms of a drift run as Prometheus histograms."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from embdrift.report.machine.escaping import printable
from embdrift.report.machine.prometheus.names import NORM_RATIO, TOP1_SIMILARITY
from embdrift.report.machine.prometheus.series import Buckets, Rank, Series, labelled
from embdrift.results import SavedRun
from embdrift.tables import HISTOGRAMS

_NAMES = {"top1_similarity": TOP1_SIMILARITY, "norm_ratio": NORM_RATIO}


def histogram_series(run: SavedRun, name: str) -> Iterator[Series]:
    """The histograms of every version; none where the study keeps none.

    Args:
        run: the run
        name: its name, which every series bears

    Raises:
        InputError: when the table cannot be read
    """
    table, record = run.rows(HISTOGRAMS), run.record
    for (scope, version, quantity), bins in table.groupby(["scope", "version", "quantity"], sort=False):
        if quantity in _NAMES and bins["items"].sum() > 0:
            names = {"study": record.study, "scope": scope, "reference": record.reference, "candidate": version}
            labels = labelled([("run", name), *((label, printable(str(value))) for label, value in names.items())])
            yield Series(_NAMES[str(quantity)], labels, _buckets(bins), Rank.histogram)


def _buckets(bins: pd.DataFrame) -> Buckets:
    counts = np.cumsum(bins["items"].to_numpy())
    return Buckets(tuple(bins["high"]), tuple(counts), float(bins["sum"].sum()))
