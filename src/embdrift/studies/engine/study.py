"""What every study is given and gives back, whichever tables it compares."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from embdrift.data import GoldenPairs, ItemList, Items, Qrels
from embdrift.studies.engine.inputs import Version


@dataclass(frozen=True)
class CommonOptions:
    """What all studies are told.

    Args:
        k: the headline number of neighbours
        seed: of samples, noise and training
        device: where to search: auto, cpu, cuda or cuda:N
        texts: whether results may hold texts
    """

    k: int = 10
    seed: int = 0
    device: str = "auto"
    texts: bool = True


@dataclass(frozen=True, eq=False)
class StudyInput:
    """Versions that have been read and checked, and what is known about their items.

    Args:
        reference: the version that is in use
        candidates: versions that might replace it, with distinct names; some studies need none
        again: a second encoding of the reference, where there is one
        items: cohorts and texts of the corpus items
        qrels: which items answer which query
        common: what all studies are told
        golden: pairs that people called alike or not
        listed: which items an index should hold, how old they are, and which were removed
    """

    reference: Version
    candidates: tuple[Version, ...] = ()
    again: Version | None = None
    items: Items | None = None
    qrels: Qrels | None = None
    common: CommonOptions = field(default_factory=CommonOptions)
    golden: GoldenPairs | None = None
    listed: ItemList | None = None

    @property
    def versions(self) -> tuple[Version, ...]:
        """All versions, the reference first and its second encoding last."""
        return (self.reference, *self.candidates, *([self.again] if self.again else []))


@dataclass(frozen=True, eq=False)
class StudyResult:
    """What a study found, ready to be written.

    Args:
        summary: one row per figure, see `results/README.md`
        per_query: one row per item or query and candidate; may be empty
        tables: further tables by name
        notes: what a reader should know
        facts: further entries of the run's record
    """

    summary: pd.DataFrame
    per_query: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
