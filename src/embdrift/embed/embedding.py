"""Texts to a set of vectors with its version card; cached, and resumed where a killed run stopped."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import torch
from filelock import FileLock, Timeout

from embdrift.data.fingerprints import fingerprint
from embdrift.data.vectors import write_vectors
from embdrift.embed.card import library_versions, make_card
from embdrift.embed.encoder import Encoder, Load, Vectors, load_encoder
from embdrift.embed.job import CHUNK, EmbeddingJob, batches, new_job
from embdrift.errors import InputError
from embdrift.files import cache_folder, storing, whole_file
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


def encode_piece(job: EmbeddingJob, encoder: Encoder, piece: Positions, progress: Progress) -> Vectors:
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


def embedding_set(job: EmbeddingJob, encoder: Encoder, parts: Sequence[Vectors]) -> EmbeddingSet:
    """The vectors of all pieces, back in the order of the texts, with their ids and version card."""
    joined = np.empty((len(job.texts), parts[0].shape[1]), np.float32)
    for piece, part in zip(job.pieces, parts, strict=True):
        joined[piece] = part
    vectors = torch.from_numpy(joined)
    card = make_card(job, encoder.facts, vectors)
    return EmbeddingSet(name=job.name, vectors=vectors, ids=np.array(job.ids, dtype=np.str_), card=card)


def _check_finite(job: EmbeddingJob, batch: Positions, vectors: Vectors) -> None:
    bad = batch[~np.isfinite(vectors).all(axis=1)]
    if len(bad):
        raise InputError(
            f"{job.spec.model} computes values that are not finite in {job.spec.dtype.value}, "
            f"first for the text with id {job.ids[int(bad[0])]!r}; choose another dtype"
        )


VERSION = 1
"""Raised when the same key would hold other vectors, so that old ones are not taken for new."""


def embed_cached(
    texts: Sequence[str],
    spec: EncoderSpec,
    *,
    name: str,
    ids: Sequence[str],
    device: str = "auto",
    progress: Progress | None = None,
    load: Load = load_encoder,
) -> EmbeddingSet:
    """Embed texts as `embed` does, unless that was done before; a run that was killed is gone on with.

    Vectors are found again by all that decides them: settings, ids and texts, the model's files, library versions and
    the kind of device. Finished pieces of an unfinished run are kept, and the result has the same bytes as that of a
    run without a break. Two processes that embed the same do it one after the other, the second from the cache.

    Args:
        texts: at least one, none blank
        spec: the encoder and its settings
        name: what the version is called
        ids: one per text, unique
        device: `cpu`, `cuda`, `cuda:1`; `auto` takes a GPU where there is one
        progress: hears of every batch
        load: how the encoder is loaded, where one is needed

    Raises:
        InputError: as `embed`
        StorageError: when the cache cannot be written; finished pieces are kept
    """
    progress = progress or Silent()
    job = new_job(texts, spec, name=name, ids=ids, device=device)
    folder = cache_folder() / "embeddings" / _key(job)
    with _alone(folder, progress):
        kept = _kept(folder, job)
        if kept is not None:
            return kept
        encoder = load(job.spec, job.files, job.device)
        made = embedding_set(job, encoder, _encode(job, encoder, folder / "parts", progress))
        write_vectors(folder / "vectors.npy", made.vectors, made.ids, made.card)
        shutil.rmtree(folder / "parts", ignore_errors=True)
    return made


def _key(job: EmbeddingJob) -> str:
    settings = {key: value.value if isinstance(value, Enum) else value for key, value in asdict(job.spec).items()}
    decides = {
        "version": VERSION,
        "chunk": CHUNK,
        "spec": settings,
        "inputs": job.inputs_sha256,
        "model": [job.files.revision, job.files.weights_sha256, job.files.settings_sha256],
        "libraries": library_versions(),
        "device": torch.device(job.device).type,
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


@contextmanager
def _alone(folder: Path, progress: Progress) -> Iterator[None]:
    lock = FileLock(folder.with_suffix(".lock"))
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            progress.start("waiting for another run that embeds the same texts", 1)
            lock.acquire()
            progress.finish()
    try:
        yield
    finally:
        lock.release()


def _kept(folder: Path, job: EmbeddingJob) -> EmbeddingSet | None:
    """The finished vectors; None where there are none, or the file is not what its card says."""
    try:
        card: dict[str, Any] = json.loads((folder / "vectors.card.json").read_text(encoding="utf-8"))
        array = np.load(folder / "vectors.npy", mmap_mode="c", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    vectors = torch.from_numpy(array)
    if len(vectors) != len(job.ids) or card.get("vectors_sha256") != fingerprint(vectors):
        return None
    return EmbeddingSet(name=job.name, vectors=vectors, ids=np.array(job.ids, dtype=np.str_), card=card)


def _encode(job: EmbeddingJob, encoder: Encoder, folder: Path, progress: Progress) -> list[Vectors]:
    paths = [folder / f"{number:06d}.npy" for number in range(len(job.pieces))]
    kept = [_part(path, len(piece)) for path, piece in zip(paths, job.pieces, strict=True)]
    progress.start(f"embedding {job.name}", len(job.texts), sum(len(part) for part in kept if part is not None))
    parts = []
    for path, piece, part in zip(paths, job.pieces, kept, strict=True):
        if part is None:
            made = encode_piece(job, encoder, piece, progress)
            _save(path, made)
        parts.append(made if part is None else part)
    progress.finish()
    return parts


def _part(path: Path, rows: int) -> Vectors | None:
    try:
        part: Vectors = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return part if part.dtype == np.float32 and len(part) == rows else None


def _save(path: Path, part: Vectors) -> None:
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.save(file, part, allow_pickle=False)
