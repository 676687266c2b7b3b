"""What faults are planted in: a sound corpus with queries, judgments and groups, from given or made-up vectors."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from embdrift.data import Qrels
from embdrift.data.synthetic import clustered, jittered, rotated
from embdrift.errors import InputError
from embdrift.selftest.faults import some_rows
from embdrift.types import Array, Positions

LEAST_ITEMS = 300
"""With fewer items ten neighbors are a large part of the corpus, and faults look smaller than they are."""

ENCODED_TWICE = 0.99999
"""Cosine of a vector and its second encoding: about what another batch size or library version does to it."""

OTHER_VERSION = 0.9
"""Cosine left between an item's vectors in two versions once their spaces are laid over each other."""

ASKED = (0.7, 0.95)
"""Least and greatest cosine of a query and the item that it was planted at: some are answered better than others."""

RELEVANT = 5
"""Items that answer a query: the one it was planted at, twice as relevant, and the nearest to that."""

COHORTS = 5


@dataclass(frozen=True, eq=False)
class World:
    """A sound version of a corpus, and what faults need to know about it.

    Args:
        corpus: shape (n, d), float32
        queries: shape (q, d), float32, each planted near the items that are relevant to it
        truth: shape (n, d), what `corpus` is one encoding of; another encoding is as far from it
        asked: shape (q, d), the same for the queries
        groups: shape (n,), the neighborhood of each item
        cohorts: shape (n,), the name of each item's cohort: some neighborhoods make one
        other: shape (n, d), the same items in another version, whose space is turned
        qrels: which items answer which query, by row number
        length: median length of the vectors
    """

    corpus: torch.Tensor
    queries: torch.Tensor
    truth: torch.Tensor
    asked: torch.Tensor
    groups: Array
    cohorts: Array
    other: torch.Tensor
    qrels: Qrels
    length: float

    @property
    def n(self) -> int:
        """Number of items."""
        return len(self.corpus)

    def encoded_again(self, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Corpus and queries as another encoding would give them: as far from the truth as this one."""
        return _encoded(self.truth, seed), _encoded(self.asked, seed + 1)


def synthetic_world(n: int, d: int, *, queries: int, seed: int) -> World:
    """A world of made-up vectors: clustered, and uneven in their directions as those of encoders are."""
    return make_world(clustered(n, d, seed=seed), queries=queries, seed=seed)


def sampled_world(vectors: torch.Tensor, *, source: str, cap: int, queries: int, seed: int) -> World:
    """A world of at most `cap` of the given vectors, chosen at random; vectors of zeros are passed over.

    Args:
        vectors: shape (n, d), any type
        source: what messages call them
        cap: items at most
        queries: how many to plant
        seed: of the choice, queries, groups and encodings
    Raises:
        InputError: when too few are left, or one holds a number that is none
    """
    chosen = some_rows(len(vectors), min(1.0, cap / max(1, len(vectors))), seed)
    drawn = vectors[torch.from_numpy(chosen)].to(torch.float32)
    broken = int((~torch.isfinite(drawn)).any(dim=1).sum())
    if broken:
        raise InputError(
            f"{source}: {broken:,} of {len(drawn):,} vectors drawn hold NaN or infinite values;"
            f" `embdrift check {source}` names them"
        )
    usable = drawn[(drawn != 0).any(dim=1)]
    if len(usable) < LEAST_ITEMS or usable.shape[1] < 2:
        raise InputError(
            f"{source}: a self-test needs at least {LEAST_ITEMS} vectors that are not zero, of 2 dimensions or more,"
            f" got {len(usable):,} of {usable.shape[1]}; leave --vectors out for made-up ones"
        )
    return make_world(usable, queries=queries, seed=seed)


def make_world(vectors: torch.Tensor, *, queries: int, seed: int) -> World:
    """A world around vectors of shape (n, d), float32.

    Args:
        vectors: what is true of the items; the corpus is one encoding of it
        queries: how many to plant
        seed: of queries, groups and encodings
    """
    n = len(vectors)
    planted_at = some_rows(n, min(1.0, queries / n), seed + 1)
    asked = _asked(vectors[torch.from_numpy(planted_at)], seed + 2)
    groups = neighborhoods(vectors, seed + 8)
    corpus = _encoded(vectors, seed + 4)
    return World(
        corpus=corpus,
        queries=_encoded(asked, seed + 5),
        truth=vectors,
        asked=asked,
        groups=groups,
        cohorts=np.array([f"part {number}" for number in range(1, COHORTS + 1)])[groups % COHORTS],
        other=jittered(rotated(corpus, seed + 6), OTHER_VERSION, seed + 7),
        qrels=_judgments(vectors, planted_at),
        length=float(np.median(vectors.double().norm(dim=1).numpy())),
    )


def neighborhoods(vectors: torch.Tensor, seed: int) -> Array:
    """A group per vector, shape (n,): that of the nearest, by cosine, of about sqrt(n) vectors chosen at random."""
    count = max(COHORTS, round(len(vectors) ** 0.5))
    centres = torch.from_numpy(some_rows(len(vectors), count / len(vectors), seed))
    units = torch.nn.functional.normalize(vectors.double(), dim=1)
    return np.asarray((units @ units[centres].T).argmax(dim=1).numpy())


def _encoded(vectors: torch.Tensor, seed: int) -> torch.Tensor:
    return jittered(vectors, ENCODED_TWICE, seed)


def _asked(seats: torch.Tensor, seed: int) -> torch.Tensor:
    """Queries near the items that they are planted at, each at a cosine of its own."""
    cosines = torch.from_numpy(np.random.default_rng(seed).uniform(*ASKED, size=(len(seats), 1)))
    across = jittered(seats, 0.0, seed + 1).double()
    return (cosines * seats.double() + (1 - cosines**2).sqrt() * across).to(seats.dtype)


def _judgments(vectors: torch.Tensor, planted_at: Positions) -> Qrels:
    units = torch.nn.functional.normalize(vectors.double(), dim=1)
    near = (units[torch.from_numpy(planted_at)] @ units.T).topk(RELEVANT, dim=1).indices.numpy()
    rows = [
        (str(query), str(item), 2 if item == seat else 1)
        for query, seat in enumerate(planted_at.tolist())
        for item in dict.fromkeys([seat, *near[query].tolist()])
    ]
    return Qrels(pd.DataFrame(rows, columns=["query", "item", "relevance"]))
