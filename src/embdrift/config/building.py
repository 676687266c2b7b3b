"""From a typed config to the versions that a study compares."""

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch

from embdrift.api import KnownFiles, Stopwatch, check_set, plain, read_known
from embdrift.config.run_checks import require_settings
from embdrift.config.schema import RunConfig, VersionConfig
from embdrift.data import Items, Qrels, read
from embdrift.data.vectors import query_part
from embdrift.embed import Texts, embed_cached, read_texts, stdlib_docs
from embdrift.embed.model_files import model_files
from embdrift.errors import InputError
from embdrift.progress import Progress
from embdrift.results import InputRecord
from embdrift.settings import PACKAGED, DatasetSettings, EncoderSpec, TextSource
from embdrift.studies import CheckedSet, CommonOptions, StudyInput, Version, study_of
from embdrift.studies.engine.study import require_searchable
from embdrift.types import EmbeddingSet

USUAL_DIMENSION = 768
"""Assumed in a dry run for a model that is not on this machine."""


def build(
    run: RunConfig, progress: Progress, stopwatch: Stopwatch, *, pretend: bool = False
) -> tuple[StudyInput, list[InputRecord]]:
    """Read, embed and check everything that a run names.

    Args:
        run: the config
        progress: receives progress updates
        stopwatch: times them
        pretend: embed nothing, and put vectors of the same sizes in the place of what encoders would make
    Returns:
        what the study is given, and facts about further files for the record
    Raises:
        InputError: when a file or setting cannot be used
    """
    require_settings(run)
    texts = _texts(run)
    with stopwatch.stage("reading"):
        known = read_known(_files(run.dataset), study=study_of(run.study).name, qrels=_qrels_of(texts))
    with stopwatch.stage("vectors"):
        versions = [_version(run, one, texts, progress, pretend=pretend) for one in run.versions]
    for version in versions:
        require_searchable(version, run.k)
    again = versions.pop() if run.again.given else None
    given = StudyInput(
        reference=versions[0],
        candidates=tuple(versions[1:]),
        again=again,
        items=known.items if known.items is not None else _items_of(texts),
        qrels=known.qrels,
        common=CommonOptions(k=run.k, seed=run.seed, device=run.compute.device, texts=run.texts),
        golden=known.golden,
        listed=known.listed,
    )
    return given, known.files


def config_as_run(run: RunConfig) -> dict[str, Any]:
    """The settings of a run as plain values, for its record."""
    settings: dict[str, Any] = _without_old_word(plain(asdict(run)))
    return settings


def _without_old_word(settings: Any) -> Any:
    if isinstance(settings, list):
        return [_without_old_word(one) for one in settings]
    if not isinstance(settings, dict):
        return settings
    return {name: _without_old_word(one) for name, one in settings.items() if name != "metric"}


def _files(dataset: DatasetSettings) -> KnownFiles:
    return KnownFiles(**{one.name: getattr(dataset, one.name) for one in fields(KnownFiles)})


def _texts(run: RunConfig) -> Texts | None:
    if all(version.encoder is None for version in run.versions):
        return None
    if run.dataset.texts is TextSource.stdlib_docs:
        return stdlib_docs(run.dataset.limit)
    if run.dataset.text_file is None:
        raise InputError("an encoder needs texts: choose dataset=stdlib_docs, or give dataset.text_file")
    texts = read_texts(Path(run.dataset.text_file).expanduser())
    if run.dataset.query_file is None:
        return texts
    queries = read_texts(Path(run.dataset.query_file).expanduser())
    return Texts(texts.ids, texts.texts, texts.cohorts, queries.ids, queries.texts, texts.qrels, texts.source)


def _version(
    run: RunConfig, version: VersionConfig, texts: Texts | None, progress: Progress, *, pretend: bool
) -> Version:
    if version.encoder is None or texts is None:
        queries = None if version.queries is None else _read(run, version, queries=True)
        corpus = _checked(run, _read(run, version), progress)
        return Version(corpus, None if queries is None else _checked(run, queries, progress))
    if pretend:
        return _placeholder(version, texts)
    asked = _embed(run, version, texts, progress, queries=True) if texts.query_ids else None
    corpus = _checked(run, _embed(run, version, texts, progress), progress)
    return Version(corpus, None if asked is None else _checked(run, asked, progress))


def _checked(run: RunConfig, vectors: EmbeddingSet, progress: Progress) -> CheckedSet:
    return check_set(vectors, zero_vectors=run.zero_vectors, progress=progress)


def _read(run: RunConfig, version: VersionConfig, *, queries: bool = False) -> EmbeddingSet:
    path, ids = (version.queries, version.query_ids) if queries else (version.path, version.ids)
    assert path is not None
    return read(
        Path(path).expanduser(),
        name=version.called,
        ids=None if ids is None else Path(ids).expanduser(),
        similarity=version.similarity or run.similarity,
        normalize=version.normalize,
        truncate=version.truncate,
        column=(query_part(version.path, path) if queries else None) or version.column,
        zero_vectors=run.zero_vectors,
    )


def _embed(
    run: RunConfig, version: VersionConfig, texts: Texts, progress: Progress, *, queries: bool = False
) -> EmbeddingSet:
    assert version.encoder is not None
    made = embed_cached(
        texts.query_texts if queries else texts.texts,
        version.encoder,
        name=version.name + (" queries" if queries else ""),
        ids=texts.query_ids if queries else texts.ids,
        device=run.compute.device,
        progress=progress,
    )
    return EmbeddingSet(
        name=version.name,
        vectors=made.vectors if version.truncate is None else made.vectors[:, : version.truncate],
        ids=made.ids,
        similarity=version.similarity or run.similarity,
        card=made.card,
        source=f"{texts.source}{' queries' if queries else ''}, embedded as {version.name}",
    )


def _items_of(texts: Texts | None) -> Items | None:
    if texts is None:
        return None
    import pandas as pd

    frame = pd.DataFrame({"text": texts.texts, **texts.cohorts}, index=pd.Index(texts.ids, name="id", dtype=object))
    return Items(frame, tuple(texts.cohorts), "text")


def _qrels_of(texts: Texts | None) -> Qrels | None:
    if texts is None or not texts.qrels:
        return None
    import pandas as pd

    return Qrels(pd.DataFrame(texts.qrels, columns=["query", "item", "relevance"]))


def _placeholder(version: VersionConfig, texts: Texts) -> Version:
    """For a dry run: a version of the sizes that its encoder would make; all its vectors are equal.

    Raises:
        InputError: when the encoder's files are on this machine and cannot be used
    """
    assert version.encoder is not None
    dimension = version.truncate or _dimension(version.encoder)
    corpus = _equal_vectors(version.called, len(texts.ids), dimension)
    return Version(corpus, _equal_vectors(version.called, len(texts.query_ids), dimension) if texts.query_ids else None)


def _equal_vectors(name: str, n: int, d: int) -> CheckedSet:
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
