"""From a typed config to the versions that a study compares."""

from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Any

from embdrift.api import Stopwatch, check_set
from embdrift.config.schema import DatasetConfig, RunConfig, TextSource, VersionConfig
from embdrift.data import Items, Qrels, read, read_items, read_qrels
from embdrift.embed import Texts, embed_cached, read_texts, stdlib_docs
from embdrift.errors import InputError
from embdrift.progress import Progress
from embdrift.results import InputFacts, file_facts
from embdrift.studies import CheckedSet, ShiftInput, ShiftOptions, Version
from embdrift.types import EmbeddingSet


def build(run: RunConfig, progress: Progress, stopwatch: Stopwatch) -> tuple[ShiftInput, list[InputFacts]]:
    """Read, embed and check everything that a run names.

    Args:
        run: the config
        progress: told how far reading and embedding have come
        stopwatch: times them
    Returns:
        what the study is given, and facts about further files for the record
    Raises:
        InputError: when a file or setting cannot be used
    """
    require_settings(run)
    options = ShiftOptions(
        k=run.k,
        query_sample=run.study.query_sample,
        seed=run.study.seed,
        noise_floor=run.study.noise_floor,
        examples=run.study.examples,
        texts=run.texts,
        device=run.compute.device,
    )
    with stopwatch.stage("reading"):
        items, qrels, files = _tables(run.dataset)
    texts = _texts(run)
    with stopwatch.stage("vectors"):
        versions = [_version(run, one, texts, progress) for one in _every(run)]
    again = versions.pop() if run.again is not None else None
    given = ShiftInput(
        reference=versions[0],
        candidates=tuple(versions[1:]),
        again=again,
        items=items if items is not None else _items_of(texts),
        qrels=qrels if qrels is not None else _qrels_of(texts),
        options=options,
    )
    return given, files


def _every(run: RunConfig) -> list[VersionConfig]:
    return [run.reference, *run.candidates, *([run.again] if run.again is not None else [])]


def require_settings(run: RunConfig) -> None:
    """Check what can be checked before any file is opened.

    Raises:
        InputError: when a version is missing, or has neither file nor encoder
    """
    if run.reference.path is None and run.reference.encoder is None:
        raise InputError("there is no reference to compare with: give --reference FILE, or reference.path in a config")
    if not run.candidates:
        raise InputError("there is no candidate to compare: give --candidate NAME=FILE, or candidates in a config")
    for version in _every(run):
        if (version.path is None) == (version.encoder is None):
            raise InputError(f"version {version.name or '(unnamed)'!r} needs either a path or an encoder, and not both")
        if version.encoder is not None and not version.name:
            raise InputError("a version that an encoder makes needs a name")


def config_as_run(run: RunConfig) -> dict[str, Any]:
    """The settings of a run as plain values, for its record."""

    def plain(value: Any) -> Any:
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, dict):
            return {key: plain(one) for key, one in value.items()}
        return [plain(one) for one in value] if isinstance(value, list) else value

    return {key: plain(value) for key, value in asdict(run).items()}


def _tables(dataset: DatasetConfig) -> tuple[Items | None, Qrels | None, list[InputFacts]]:
    items = qrels = None
    files = []
    if dataset.items is not None:
        items = read_items(Path(dataset.items).expanduser(), cohorts=dataset.cohorts, text=dataset.text)
        files.append(file_facts("items", Path(dataset.items).expanduser(), len(items.frame)))
    if dataset.qrels is not None:
        qrels = read_qrels(Path(dataset.qrels).expanduser())
        files.append(file_facts("qrels", Path(dataset.qrels).expanduser(), len(qrels.frame)))
    return items, qrels, files


def _texts(run: RunConfig) -> Texts | None:
    if all(version.encoder is None for version in _every(run)):
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


def _version(run: RunConfig, version: VersionConfig, texts: Texts | None, progress: Progress) -> Version:
    corpus = _read(run, version) if texts is None or version.encoder is None else _embed(run, version, texts, progress)
    queries: EmbeddingSet | None = None
    if version.queries is not None:
        queries = _read(run, version, queries=True)
    elif version.encoder is not None and texts is not None and texts.query_ids:
        queries = _embed(run, version, texts, progress, queries=True)
    return Version(_checked(run, corpus, progress), None if queries is None else _checked(run, queries, progress))


def _checked(run: RunConfig, vectors: EmbeddingSet, progress: Progress) -> CheckedSet:
    return check_set(vectors, zero_vectors=run.zero_vectors, progress=progress)


def _read(run: RunConfig, version: VersionConfig, *, queries: bool = False) -> EmbeddingSet:
    path, ids = (version.queries, version.query_ids) if queries else (version.path, version.ids)
    assert path is not None
    return read(
        Path(path).expanduser(),
        name=version.name or Path(str(version.path)).stem,
        ids=None if ids is None else Path(ids).expanduser(),
        metric=version.metric or run.metric,
        normalize=version.normalize,
        truncate=version.truncate,
        column=version.column,
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
        metric=version.metric or run.metric,
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
