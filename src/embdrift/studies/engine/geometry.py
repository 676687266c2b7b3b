"""Vector set against vector set: how far the items' own vectors moved, and how alike the two spaces are as a whole."""

from dataclasses import dataclass

import numpy as np

from embdrift.metrics import (
    aligned_self_displacement,
    linear_cka_debiased,
    self_displacement,
    self_displacement_chance,
)
from embdrift.metrics.interval import known_mean
from embdrift.studies.engine.matching import Matching
from embdrift.types import EmbeddingSet, Floats


@dataclass(frozen=True, eq=False)
class Geometry:
    """What became of the vectors themselves.

    Args:
        raw: shape (m,), 1 - cosine of each shared item with itself
        aligned: shape (m,), the same after the best rotation, fitted on the other half of the items
        raw_chance: mean of `raw` if vectors were dealt to items at random
        aligned_chance: mean of `aligned` for one such deal
        cka: debiased linear CKA
        note: why what needs equal dimensions is not defined, where it is not
    """

    raw: Floats
    aligned: Floats
    raw_chance: float
    aligned_chance: float
    cka: float
    note: str

    def means(self) -> dict[str, float]:
        """One figure per metric."""
        return {
            "self_displacement": known_mean(self.raw),
            "aligned_self_displacement": known_mean(self.aligned),
            "cka_debiased": self.cka,
        }


def geometry(reference: EmbeddingSet, candidate: EmbeddingSet, matching: Matching, *, seed: int) -> Geometry:
    """Compare the vectors of the shared items.

    Args:
        reference: old vectors
        candidate: new vectors
        matching: which rows hold the same item
        seed: of the random deal that chance is measured on
    """
    a, b = reference.vectors, candidate.vectors
    old, new = matching.reference_rows, matching.candidate_rows
    dealt = new[np.random.Generator(np.random.Philox(seed)).permutation(len(new))]
    note = "" if reference.d == candidate.d else f"dimensions differ: {reference.d} and {candidate.d}"
    return Geometry(
        raw=self_displacement(a, b, old, new),
        aligned=aligned_self_displacement(a, b, old, new),
        raw_chance=self_displacement_chance(a, b, old, new),
        aligned_chance=known_mean(aligned_self_displacement(a, b, old, dealt)),
        cka=linear_cka_debiased(a, b, old, new),
        note=note,
    )
