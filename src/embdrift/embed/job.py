"""One embedding job: which texts, with which encoder, where, and in which order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from embdrift.data.ids import as_ids
from embdrift.embed.model_files import ModelFiles, model_files
from embdrift.embed.texts import check_texts, inputs_sha256
from embdrift.errors import InputError
from embdrift.settings import EncoderSpec
from embdrift.types import Positions

CHUNK = 256
"""Texts in a piece, at least: seconds of work on a CPU, and too many for the files to cost time."""


def chunks(texts: Sequence[str], batch_size: int) -> list[Positions]:
    """Positions of the texts, longest first, in pieces of whole batches.

    Padding to the longest text of a batch costs little where lengths are alike. The pieces depend on nothing but the
    texts and the batch size, so a run that goes on encodes the same batches and gets the same bytes.

    Args:
        texts: at least one
        batch_size: texts encoded together
    """
    lengths = np.array([len(text) for text in texts])
    order = np.argsort(-lengths, kind="stable")
    size = -(-CHUNK // batch_size) * batch_size
    return [order[start : start + size] for start in range(0, len(order), size)]


def batches(piece: Positions, batch_size: int) -> Iterator[Positions]:
    """The batches of one piece, in order."""
    for start in range(0, len(piece), batch_size):
        yield piece[start : start + batch_size]


@dataclass(frozen=True)
class EmbeddingJob:
    """Texts to embed and how; made by `new_job`, which checks everything.

    Args:
        name: what the version is called
        ids: one per text, unique
        texts: at least one, none blank
        spec: the encoder and its settings
        files: the encoder's files
        device: `cpu`, `cuda` or `cuda:1`
    """

    name: str
    ids: Sequence[str]
    texts: Sequence[str]
    spec: EncoderSpec
    files: ModelFiles
    device: str

    @cached_property
    def inputs_sha256(self) -> str:
        """Fingerprint of ids and texts."""
        return inputs_sha256(self.ids, self.texts)

    @cached_property
    def pieces(self) -> list[Positions]:
        """Positions of the texts in the order of encoding, piece by piece."""
        return chunks(self.texts, self.spec.batch_size)


def new_job(texts: Sequence[str], spec: EncoderSpec, *, name: str, ids: Sequence[str], device: str) -> EmbeddingJob:
    """Check texts, encoder and device before any work is done.

    Raises:
        InputError: when there is no text, an id or text is not as it must be, the model cannot be found or take the
            settings, or there is no such device
    """
    if not len(texts):
        raise InputError("there are no texts to embed; give at least one")
    check_texts(ids, texts, "texts to embed")
    # What the file of ids will refuse is refused now.
    as_ids(ids, "texts to embed")
    return EmbeddingJob(name, ids, texts, spec, model_files(spec), choose_device(device))


def choose_device(device: str) -> str:
    """The device meant: `auto` is a GPU where there is one, else the CPU.

    Raises:
        InputError: when there is no such device here
    """
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device == "auto":
        return "cuda" if gpus else "cpu"
    here = ["cpu", *(["cuda"] if gpus else []), *(f"cuda:{number}" for number in range(gpus))]
    if device not in here:
        raise InputError(f"device must be auto or one of those on this machine ({', '.join(here)}), got {device!r}")
    return device
