"""What a config may say: the declared settings of a run, put together.

For one release, `metric` is read as the old word for `similarity`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embdrift.errors import InputError
from embdrift.settings import (
    BOTH_WORDS,
    METRIC_IS_OLD,
    OLD_WORD,
    ComputeSettings,
    DatasetSettings,
    RunSettings,
    Similarity,
    VersionSettings,
)
from embdrift.studies.neighbor_shift.options import STUDY


@dataclass
class VersionConfig(VersionSettings):
    """One version of the vectors, as a config names it."""

    metric: Similarity | None = field(default=None, metadata=OLD_WORD)

    @property
    def given(self) -> bool:
        """Whether there is such a version at all."""
        return self.path is not None or self.encoder is not None

    @property
    def called(self) -> str:
        """Its name; that of its file where it has none."""
        return self.name or ("" if self.path is None else Path(self.path).stem)


@dataclass
class RunConfig(RunSettings):
    """One run.

    Args:
        name: names the run folder; a plain name
        study: which study, and how it measures
        dataset: items, judgements, texts
        compute: device and threads
        reference: the version in use
        again: a second encoding of the reference, which sets the noise floor
        candidates: versions that might replace it
    """

    name: str = STUDY.name
    # Any dataclass of a study in `embdrift.studies.STUDIES`; the chosen preset brings its type.
    study: Any = None
    dataset: DatasetSettings = field(default_factory=DatasetSettings)
    compute: ComputeSettings = field(default_factory=ComputeSettings)
    reference: VersionConfig = field(default_factory=VersionConfig)
    again: VersionConfig = field(default_factory=VersionConfig)
    candidates: list[VersionConfig] = field(default_factory=list)
    metric: Similarity | None = field(default=None, metadata=OLD_WORD)

    @property
    def versions(self) -> list[VersionConfig]:
        """The reference, the candidates, and the reference's second encoding where there is one."""
        return [self.reference, *self.candidates, *([self.again] if self.again.given else [])]


def take_old_word(config: RunConfig | VersionConfig, *, given: bool) -> None:
    """Read `metric` as `similarity`; it stays set, for the sentence that names the new word.

    Args:
        config: a run or a version
        given: whether it says `similarity` as well

    Raises:
        InputError: when both words are given
    """
    if config.metric is None:
        return
    if given:
        raise InputError(BOTH_WORDS)
    config.similarity = config.metric


def old_word_sentence(*runs: RunConfig) -> str:
    """What to tell a user whose runs say `metric`; empty where none does."""
    words = [word for run in runs for word in (run.metric, *(version.metric for version in run.versions))]
    if all(word is None for word in words):
        return ""
    return f"the setting {METRIC_IS_OLD}"
