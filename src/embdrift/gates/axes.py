"""The two axes of a verdict: whether the distribution of the vectors moved, and whether the neighbours did."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from embdrift.gates.outcome import Axis
from embdrift.gates.words import number, percent
from embdrift.results import Measurement, Summary

OVERLAP_KEPT = 0.95
"""Neighbours count as unmoved from this overlap up: one item in 40 with a vector that is not its own gives it."""

LEVEL = 0.01
"""A test is significant below this p-value; smaller than the usual 0.05, since several tests can move the axis."""

AUC = 0.6
"""A classifier that tells the versions apart in fewer than six of ten pairs finds nothing that matters."""

MMD = 0.005
"""Squared MMD with a bounded kernel, from 0 for equal distributions to 2 for disjoint ones."""

SHIFT = 0.08
"""Mean movement of the values of a dimension, in standard deviations of the reference.

A fifth of the corpus from another version gives 0.1, and rounding to int8 0.006.
"""

DIMENSIONS = 0.1
"""Share of the dimensions that must differ after false-discovery control; half of that is what chance could give."""

NORM_HISTOGRAM = 0.1
"""KL divergence of the histogram of lengths, in nats."""

TIMES_CHANCE = 5.0
"""A divergence is significant at so many times what chance gives on average; four bins then exceed it once in 500."""


@dataclass(frozen=True)
class Position:
    """Where a candidate lies on one axis.

    Args:
        axis: moved, unmoved or unknown
        evidence: the figures that it rests on, in words
    """

    axis: Axis
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class _Detector:
    """A figure that says how large a change is, and one that says that it is no accident."""

    size: str
    large: float
    test: str
    significant: Callable[[Measurement], bool]


_DETECTORS = (
    _Detector("domain_auc", AUC, "domain_auc_p", lambda test: test.value <= LEVEL),
    _Detector("mmd", MMD, "mmd_p", lambda test: test.value <= LEVEL),
    _Detector("wasserstein_mean", SHIFT, "ks_rejected_share", lambda test: test.value >= DIMENSIONS),
    # Single dimensions are tested as if nothing were paired, so that few items never suffice; MMD knows the pairs.
    _Detector("wasserstein_mean", SHIFT, "mmd_p", lambda test: test.value <= LEVEL),
)
_LENGTHS = _Detector("norm_kl", NORM_HISTOGRAM, "norm_kl", lambda test: test.value >= TIMES_CHANCE * test.chance)


def distribution_axis(rows: Summary, candidate: str) -> Position:
    """Whether the vectors are distributed otherwise than the reference's.

    They moved where one of four measures finds a change that is both large and significant, so that neither a large
    sample nor a noisy estimate moves the axis by itself: domain classifier, MMD, single dimensions (significant by
    their own tests or by MMD's), lengths. Where none of the first three was measured, the axis is unknown unless the
    lengths moved.

    Args:
        rows: all rows of the run
        candidate: its name
    """
    found = [_detected(one, rows, candidate) for one in _DETECTORS]
    lengths = _detected(_LENGTHS, rows, candidate)
    moved = [words for axis, words in [*found, lengths] if axis is Axis.moved]
    if moved:
        return Position(Axis.moved, tuple(moved))
    measured = [words for axis, words in found if axis is Axis.unmoved]
    return Position(Axis.unmoved if measured else Axis.unknown, tuple(measured))


def _detected(detector: _Detector, rows: Summary, candidate: str) -> tuple[Axis, str]:
    axis, words = Axis.unknown, ""
    for size in rows.find(detector.size, candidate):
        test = rows.same(size, candidate=candidate, metric=detector.test)
        if test is None or math.isnan(size.value) or math.isnan(test.value):
            continue
        words = f"{size.title} {number(size.value)}"
        words += "" if test is size else f", {detector.test} {number(test.value)}"
        if size.value >= detector.large and detector.significant(test):
            return Axis.moved, words
        axis = Axis.unmoved
    return axis, words


def neighbor_axis(rows: Summary, candidate: str) -> Position:
    """Whether neighbours changed: overlap at the headline k, in every scope that was measured.

    They are unmoved where at least 0.95 are kept, or what noise alone keeps; of a sampled overlap, the whole interval
    must be there. One scope that moved is enough. The limit is no gate's: what moved does not depend on who asks.

    Args:
        rows: all rows of the run
        candidate: its name
    """
    known = [row for row in rows.find("overlap", candidate) if not math.isnan(row.value)]
    evidence = tuple(f"{row.title} {percent(row.value)}" for row in known)
    return Position(_worst_axis(_kept(row) for row in known), evidence)


def _kept(row: Measurement) -> Axis:
    low, high = (row.value if math.isnan(bound) else bound for bound in (row.low, row.high))
    limit = OVERLAP_KEPT if math.isnan(row.floor) else min(OVERLAP_KEPT, row.floor)
    if low >= limit:
        return Axis.unmoved
    return Axis.moved if high < limit else Axis.unknown


def _worst_axis(axes: Iterable[Axis]) -> Axis:
    found = set(axes)
    for axis in (Axis.moved, Axis.unknown, Axis.unmoved):
        if axis in found:
            return axis
    return Axis.unknown
