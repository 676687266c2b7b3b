"""The work of `embdrift embed`: texts to vectors with a version card."""

import argparse
import os
from collections.abc import Mapping
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from embdrift.cli.console import console_progress
from embdrift.cli.embed import DEFAULT_LIMIT, STDLIB_DOCS
from embdrift.data.vectors import write_vectors
from embdrift.embed.embedding import embed_cached
from embdrift.embed.stdlib_docs import stdlib_docs
from embdrift.embed.texts import Texts, read_texts, write_items, write_qrels
from embdrift.errors import InputError
from embdrift.progress import Progress
from embdrift.settings import Dtype, EncoderSpec, Pooling
from embdrift.types import EmbeddingSet

Choice = TypeVar("Choice", bound=Enum)


def embed_texts(args: argparse.Namespace) -> int:
    """Embed the texts, write the files, say what was written.

    Raises:
        InputError: when an option or the texts are not as they must be; nothing is written then
        StorageError: when a file cannot be written
    """
    _check_out(args.out)
    spec, texts = _spec(args), _texts(args)
    with console_progress() as progress:
        card = _embed(args, spec, texts, progress)
    print(_card_lines(card))
    return 0


def _embed(args: argparse.Namespace, spec: EncoderSpec, texts: Texts, progress: Progress) -> Mapping[str, Any]:
    """Embed and write, and give the version card."""
    name = args.name or args.out.stem
    made = embed_cached(texts.texts, spec, name=name, ids=texts.ids, device=args.device, progress=progress)
    write_vectors(args.out, made.vectors, made.ids, made.card)
    print(f"wrote {args.out}: {made.n} vectors of dimension {made.d}, with ids and version card")
    if texts.query_ids:
        asked = embed_cached(
            texts.query_texts,
            spec,
            name=f"{name} queries",
            ids=texts.query_ids,
            device=args.device,
            progress=progress,
        )
        _write_companions(args.out, texts, asked)
    return made.card


def _write_companions(out: Path, texts: Texts, asked: EmbeddingSet) -> None:
    queries, items, qrels = (
        out.with_name(f"{out.stem}.{end}") for end in ("queries.npy", "items.parquet", "qrels.tsv")
    )
    write_vectors(queries, asked.vectors, asked.ids, asked.card)
    write_items(items, texts)
    write_qrels(qrels, texts)
    print(f"wrote {queries}: {asked.n} queries; {items}: cohorts and texts; {qrels}: judgements")


def _check_out(out: Path) -> None:
    if out.suffix != ".npy":
        raise InputError(f"--out must end in .npy, got {out}")
    if out.is_dir():
        raise InputError(f"--out must be a file, but {out} is a folder; name a file in it")
    above = next(folder for folder in out.absolute().parents if folder.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise InputError(f"--out: {above} cannot be written; choose another folder")


def _spec(args: argparse.Namespace) -> EncoderSpec:
    return EncoderSpec(
        model=args.model,
        dtype=_choice(Dtype, args.dtype, "--dtype"),
        max_length=args.max_length,
        pooling=_choice(Pooling, args.pooling, "--pooling"),
        normalize=not args.no_normalize,
        batch_size=args.batch_size,
        prompt=args.prompt,
        revision=args.revision,
    )


def _texts(args: argparse.Namespace) -> Texts:
    if args.texts != STDLIB_DOCS:
        if args.limit is not None:
            raise InputError(f"--limit is for {STDLIB_DOCS}; a file is embedded whole")
        return read_texts(args.texts, id_column=args.id_column, text_column=args.text_column)
    if args.id_column or args.text_column:
        raise InputError(f"{STDLIB_DOCS} has no columns; leave --id-column and --text-column away")
    return stdlib_docs(DEFAULT_LIMIT if args.limit is None else args.limit)


def _choice(kind: type[Choice], value: str, option: str) -> Choice:
    for one in kind:
        if one.value == value:
            return one
    close = get_close_matches(value, [one.value for one in kind], n=1, cutoff=0.3)
    hint = f"; did you mean {close[0]}?" if close else ""
    raise InputError(f"{option} must be one of {_names(kind)}, got {value!r}{hint}")


def _names(kind: type[Enum]) -> str:
    return ", ".join(str(one.value) for one in kind)


def _card_lines(card: Mapping[str, Any]) -> str:
    cut = "not cut" if card["max_length"] is None else f"cut after {card['max_length']} tokens"
    libraries = ", ".join(f"{name} {version}" for name, version in card["libraries"].items())
    return (
        f"  model      {card['model']}, weights {card['weights_sha256'][:12]} in {card['weights_dtype']}\n"
        f"  text       {card['tokenizer']}, {cut}, prompt {card['prompt']!r}\n"
        f"  vectors    {card['pooling']} pooling, {'unit length' if card['normalized'] else 'not normalised'}, "
        f"kept as {card['stored_dtype']}\n"
        f"  made with  {libraries} on {card['device']}"
    )
