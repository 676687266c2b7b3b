"""Figures that cannot be given, with the reason."""

from collections.abc import Sequence
from dataclasses import replace

from embdrift.studies.engine.rows import SummaryRow


def undefined_rows(about: SummaryRow, metrics: Sequence[str], why: str) -> list[SummaryRow]:
    """Rows without a value, one per metric."""
    return [replace(about, metric=name, note=why) for name in metrics]
