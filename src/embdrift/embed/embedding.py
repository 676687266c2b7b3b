"""Texts to a set of vectors with its version card."""

from collections.abc import Sequence

import numpy as np
import torch

from embdrift.embed.card import make_card
from embdrift.embed.chunks import batches
from embdrift.embed.encoder import Encoder, Load, Vectors, load_encoder
from embdrift.embed.job import Job, new_job
from embdrift.errors import InputError
from embdrift.progress import Progress, Silent
from embdrift.settings import EncoderSpec
from embdrift.types import EmbeddingSet, Positions


def embed(
    texts: Sequence[str],
    spec: EncoderSpec,
    *,
    name: str,
    ids: Sequence[str],
    device: str = "auto",
    progress: Progress | None = None,
    load: Load = load_encoder,
) -> EmbeddingSet:
    """Embed texts with a real encoder; the set carries a version card that says how.

    The vectors are float32 whatever the format of the weights: those of a bfloat16 or float16 encoder hold the values
    that it computed, which float32 represents exactly.

    Args:
        texts: at least one, none blank
        spec: the encoder and its settings
        name: what the version is called
        ids: one per text, unique
        device: `cpu`, `cuda`, `cuda:1`; `auto` takes a GPU where there is one
        progress: hears of every batch
        load: how the encoder is loaded

    Raises:
        InputError: when the extra `embed` is missing, the model cannot be used so, an id or text is not as it must be,
            or the encoder computes a value that is not finite
    """
    progress = progress or Silent()
    job = new_job(texts, spec, name=name, ids=ids, device=device)
    encoder = load(job.spec, job.files, job.device)
    progress.start(f"embedding {name}", len(texts))
    parts = [encode_piece(job, encoder, piece, progress) for piece in job.pieces]
    progress.finish()
    return embedding_set(job, encoder, parts)


def encode_piece(job: Job, encoder: Encoder, piece: Positions, progress: Progress) -> Vectors:
    """Vectors of the texts at the positions of one piece, in the order of the piece.

    Raises:
        InputError: when the encoder computes a value that is not finite
    """
    parts = []
    for batch in batches(piece, job.spec.batch_size):
        vectors = encoder.encode([job.texts[position] for position in batch])
        _check_finite(job, batch, vectors)
        parts.append(vectors)
        progress.advance(len(batch))
    return np.concatenate(parts)


def embedding_set(job: Job, encoder: Encoder, parts: Sequence[Vectors]) -> EmbeddingSet:
    """The vectors of all pieces, back in the order of the texts, with their ids and version card."""
    joined = np.empty((len(job.texts), parts[0].shape[1]), np.float32)
    for piece, part in zip(job.pieces, parts, strict=True):
        joined[piece] = part
    vectors = torch.from_numpy(joined)
    card = make_card(job, encoder.facts, vectors)
    return EmbeddingSet(name=job.name, vectors=vectors, ids=np.array(job.ids, dtype=np.str_), card=card)


def _check_finite(job: Job, batch: Positions, vectors: Vectors) -> None:
    bad = batch[~np.isfinite(vectors).all(axis=1)]
    if len(bad):
        raise InputError(
            f"{job.spec.model} computes values that are not finite in {job.spec.dtype.value}, "
            f"first for the text with id {job.ids[int(bad[0])]!r}; choose another dtype"
        )
