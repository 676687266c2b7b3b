"""What causes are looked for in: the figures of one candidate, and what became of each of its items."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from embdrift.gates.outcome import Axis
from embdrift.results import Measurement, Summary
from embdrift.types import Floats


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that is known about one candidate.

    Args:
        candidate: its name
        reference: the version in use
        rows: the summary of the run
        items: the candidate's rows of per_query.parquet over the corpus; may be empty
        record: record.json of the run
        distribution: whether its distribution moved
        neighbors: whether its neighbours did
    """

    candidate: str
    reference: str
    rows: Summary
    items: pd.DataFrame
    record: Mapping[str, Any]
    distribution: Axis
    neighbors: Axis

    def value(self, metric: str, *, candidate: str | None = None, scope: str | None = "corpus") -> float:
        """A figure over all items; NaN where it was not measured."""
        row = self.row(metric, candidate=candidate, scope=scope)
        return math.nan if row is None else row.value

    def row(self, metric: str, *, candidate: str | None = None, scope: str | None = "corpus") -> Measurement | None:
        """The row of a figure over all items, a defined one where there are several."""
        found = self.rows.find(metric, candidate or self.candidate, scope=scope)
        return next((row for row in found if not math.isnan(row.value)), found[0] if found else None)

    def per_item(self, column: str) -> Floats:
        """A column of values per item; empty where the run has none."""
        if column not in self.items:
            return np.empty(0)
        return self.items[column].to_numpy(np.float64, na_value=np.nan)

    def displacement(self) -> tuple[Floats, str]:
        """How far each item moved, after alignment where that tells more, and what the values are called.

        Alignment tells more where it takes movement away; a rotation fitted on two mixed spaces adds some.
        """
        raw, aligned = self.per_item("self_displacement"), self.per_item("aligned_self_displacement")
        known = [
            (float(np.nanmedian(values)), number)
            for number, values in enumerate((raw, aligned))
            if len(values) and not np.isnan(values).all()
        ]
        if not known:
            return np.empty(0), ""
        names = ("1 − cosine of old and new vector", "1 − cosine of old and new vector after the best rotation")
        _, chosen = min(known)
        return (raw, aligned)[chosen], names[chosen]

    def inputs(self, role: str, name: str) -> Mapping[str, Any]:
        """What the record says about one set of vectors; empty where it says nothing."""
        found = (one for one in self.record.get("inputs", ()) if (one.get("role"), one.get("name")) == (role, name))
        return next(found, {})
