"""Samples of items that depend on their ids and a seed, never on the order of rows."""

import hashlib

import numpy as np

from embdrift.studies.engine.pairing import Pairing
from embdrift.types import Array, Positions


def sample(ids: Array, size: int, seed: int) -> Positions:
    """Positions of `size` ids drawn at random (all where there are no more), ascending."""
    if size >= len(ids):
        return np.arange(len(ids))
    keys = np.array([hashlib.sha256(f"{seed}:{one}".encode()).digest()[:8] for one in ids.tolist()])
    return np.sort(np.argsort(keys, kind="stable")[:size])


def sampled(pairing: Pairing, size: int | None, seed: int) -> Pairing:
    """A pairing cut down to a sample of its shared items; None keeps all."""
    if size is None:
        return pairing
    chosen = sample(pairing.ids, size, seed)
    return Pairing(
        ids=pairing.ids[chosen],
        reference_rows=pairing.reference_rows[chosen],
        candidate_rows=pairing.candidate_rows[chosen],
        removed=pairing.removed,
        added=pairing.added,
    )
