"""`embdrift embed`: texts to vectors with a version card."""

import argparse
import os
from collections.abc import Mapping
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from embdrift.errors import InputError
from embdrift.settings import ComputeSettings, DatasetSettings, Dtype, EncoderSpec, Pooling, settings_of

if TYPE_CHECKING:
    from embdrift.embed import Texts
    from embdrift.progress import Progress
    from embdrift.types import EmbeddingSet

Choice = TypeVar("Choice", bound=Enum)

STDLIB_DOCS = "stdlib-docs"
DEFAULT_LIMIT = settings_of(DatasetSettings)["limit"].default
# Said again here, so that --help need not load what reads them; a test holds this to what the reader says.
SUFFIXES = (".jsonl", ".jsonl.gz", ".csv", ".parquet", ".txt")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `embdrift embed` takes."""
    parser.add_argument(
        "texts",
        metavar="TEXTS",
        help=f"a file of texts ({', '.join(SUFFIXES)}), or {STDLIB_DOCS}: Python's own documentation, with queries",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="FILE.npy", help="where the vectors go")
    parser.add_argument("--name", help="name of the version; else the name of the file")
    parser.add_argument("--limit", type=int, help=f"items of {STDLIB_DOCS} (default {DEFAULT_LIMIT})")
    parser.add_argument("--id-column", metavar="NAME", help="where the ids are, if not under _id or id")
    parser.add_argument("--text-column", metavar="NAME", help="where the texts are, if not under text")
    _add_encoder_arguments(parser.add_argument_group("encoder"))


def _add_encoder_arguments(group: argparse._ArgumentGroup) -> None:
    """A flag for each declared setting of an encoder; `--no-normalize` for the one that is on."""
    from embdrift.config.setting_lists import described

    for name, setting in settings_of(EncoderSpec).items():
        flag, default, text = name.replace("_", "-"), setting.default, described(setting)
        if default is True:
            group.add_argument(f"--no-{flag}", dest=name, action="store_false", help=f"do not {setting.help}")
        elif isinstance(default, Enum):
            group.add_argument(f"--{flag}", default=default.value, help=text)
        else:
            number = int in (setting.kind, *get_args(setting.kind))
            group.add_argument(f"--{flag}", default=default, type=int if number else str, help=text)
    group.add_argument("--device", default="auto", help=settings_of(ComputeSettings)["device"].help)


def run(args: argparse.Namespace) -> int:
    """Embed the texts, write the files, say what was written.

    Raises:
        InputError: when an option or the texts are not as they must be; nothing is written then
        StorageError: when a file cannot be written
    """
    from embdrift.cli.console import console_progress

    _check_out(args.out)
    spec, texts = _spec(args), _texts(args)
    with console_progress() as progress:
        card = _embed(args, spec, texts, progress)
    print(_card_lines(card))
    return 0


def _embed(args: argparse.Namespace, spec: EncoderSpec, texts: "Texts", progress: "Progress") -> Mapping[str, Any]:
    """Embed and write, and give the version card."""
    from embdrift.data import write_vectors
    from embdrift.embed import embed_cached

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


def _write_companions(out: Path, texts: "Texts", asked: "EmbeddingSet") -> None:
    from embdrift.data import write_vectors
    from embdrift.embed.texts import write_items, write_qrels

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
        normalize=args.normalize,
        batch_size=args.batch_size,
        prompt=args.prompt,
        revision=args.revision,
    )


def _texts(args: argparse.Namespace) -> "Texts":
    from embdrift.embed import read_texts, stdlib_docs

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
        f"  vectors    {card['pooling']} pooling, {'unit length' if card['normalized'] else 'not normalized'}, "
        f"kept as {card['stored_dtype']}\n"
        f"  made with  {libraries} on {card['device']}"
    )
