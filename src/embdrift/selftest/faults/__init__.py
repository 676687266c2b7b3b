"""Faults planted in vectors: pure, seeded, each one thing."""

from embdrift.selftest.faults.identity import permuted, scrambled_within
from embdrift.selftest.faults.rows import replaced, some_rows, without
from embdrift.selftest.faults.space import offset, partly_rotated, scaled, truncated
from embdrift.selftest.faults.storage import collapsed, corrupted, stored, with_zeros

__all__ = [
    "collapsed",
    "corrupted",
    "offset",
    "partly_rotated",
    "permuted",
    "replaced",
    "scaled",
    "scrambled_within",
    "some_rows",
    "stored",
    "truncated",
    "with_zeros",
    "without",
]
