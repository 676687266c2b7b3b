"""Vectors that only have the sizes of those that an encoder would make, for saying what a run would take."""

import json
from pathlib import Path

import numpy as np
import torch

from embdrift.api import check_set
from embdrift.config.schema import VersionConfig
from embdrift.embed import EncoderSpec, Texts
from embdrift.embed.model_files import model_files
from embdrift.settings import PACKAGED
from embdrift.studies import CheckedSet, Version
from embdrift.types import EmbeddingSet

USUAL_DIMENSION = 768


def stand_in(version: VersionConfig, texts: Texts) -> Version:
    """A version in the sizes of what its encoder would make; all its vectors are one and the same.

    Raises:
        InputError: when the encoder's files are on this machine and cannot be used
    """
    assert version.encoder is not None
    dimension = version.truncate or _dimension(version.encoder)
    corpus = _alike(version.called, len(texts.ids), dimension)
    return Version(corpus, _alike(version.called, len(texts.query_ids), dimension) if texts.query_ids else None)


def _alike(name: str, n: int, d: int) -> CheckedSet:
    one = check_set(EmbeddingSet(name, torch.ones(1, d), np.arange(1)))
    vectors = EmbeddingSet(name, torch.ones(1, d).expand(n, d), np.arange(n), has_ids=False)
    return CheckedSet.of(vectors, one.report, one.left_out)


def _dimension(spec: EncoderSpec) -> int:
    """The width of a model on this machine; a model on the hub is not fetched for this."""
    if spec.model != PACKAGED and not Path(spec.model).expanduser().is_dir():
        return USUAL_DIMENSION
    config = model_files(spec).folder / "config.json"
    if not config.is_file():
        return USUAL_DIMENSION
    width = json.loads(config.read_bytes()).get("hidden_size")
    return width if isinstance(width, int) else USUAL_DIMENSION
