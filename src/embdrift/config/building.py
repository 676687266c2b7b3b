"""From a typed config to the versions that a study compares."""

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from embdrift.api import KnownFiles, Stopwatch, check_set, plain, read_known, require_searchable
from embdrift.config.schema import DatasetConfig, RunConfig, TextSource, VersionConfig
from embdrift.config.settings import require_settings
from embdrift.config.stand_ins import stand_in
from embdrift.data import Items, Qrels, read
from embdrift.data.query_part import query_part
from embdrift.embed import Texts, embed_cached, read_texts, stdlib_docs
from embdrift.errors import InputError
from embdrift.progress import Progress
from embdrift.results import InputRecord
from embdrift.studies import CheckedSet, CommonOptions, StudyInput, Version, study_of
from embdrift.types import EmbeddingSet


def build(
    run: RunConfig, progress: Progress, stopwatch: Stopwatch, *, pretend: bool = False
) -> tuple[StudyInput, list[InputRecord]]:
    """Read, embed and check everything that a run names.

    Args:
        run: the config
        progress: told how far reading and embedding have come
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
    settings: dict[str, Any] = plain(asdict(run))
    return settings


def _files(dataset: DatasetConfig) -> KnownFiles:
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
        return stand_in(version, texts)
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
        similarity=version.metric or run.metric,
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
        similarity=version.metric or run.metric,
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
