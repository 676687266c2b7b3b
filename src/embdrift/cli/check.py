"""`embdrift check FILES…`: what is in these vector files, and what is wrong with them."""

import argparse
from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

from embdrift.errors import InputError

if TYPE_CHECKING:
    from embdrift.data import FileFindings
    from embdrift.types import EmbeddingSet

FINE, BAD_INPUT = 0, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `embdrift check` takes."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="files of vectors")
    parser.add_argument(
        "--ids",
        action="append",
        default=[],
        metavar="FILE",
        help="ids (.txt, .json, .csv, .parquet), once for each file in the same order; once for all is fine",
    )
    parser.add_argument("--column", metavar="NAME", help="array, column or dataset to read, where a file holds several")


def run(args: argparse.Namespace) -> int:
    """Print what each file holds; 0 when all are fine, 2 when any cannot be used."""
    from embdrift.data import inspect_file

    if len(args.ids) > 1 and len(args.ids) != len(args.files):
        raise InputError(f"--ids must be given once or once for each of {len(args.files)} files, got {len(args.ids)}")
    ids = args.ids * len(args.files) if len(args.ids) == 1 else args.ids
    readable: list[EmbeddingSet] = []
    bad = 0
    for path, own_ids in zip_longest(args.files, ids):
        findings = inspect_file(path, ids=own_ids, column=args.column)
        _print_findings(findings)
        bad += bool(findings.problems)
        if findings.embedding_set is not None:
            readable.append(findings.embedding_set)
    for line in _comparisons(readable):
        print(line)
    return BAD_INPUT if bad else FINE


def _print_findings(findings: "FileFindings") -> None:
    print(findings.path)
    for label, fact in findings.facts:
        print(f"  {label:<14} {fact}")
    for problem in findings.problems:
        print(f"  {'WRONG':<14} {problem}")
    if not findings.problems:
        print(f"  {'fine':<14} nothing is wrong with this file")
    print()


def _comparisons(sets: "list[EmbeddingSet]") -> Iterator[str]:
    """The first readable file held against each of the others, a line each."""
    for other in sets[1:]:
        first = sets[0]
        yield f"{first.label} and {other.label}: {_shared(first, other)}; {_alike(first, other)}"


def _shared(first: "EmbeddingSet", other: "EmbeddingSet") -> str:
    from embdrift.data import align

    try:
        alignment = align(first, other)
    except InputError as error:
        return f"cannot be joined ({error})"
    rows = "ids" if first.has_ids else "row numbers"
    only = f"{len(alignment.removed):,} only in the first, {len(alignment.added):,} only in the second"
    return f"{alignment.shared:,} {rows} shared, {only}"


def _alike(first: "EmbeddingSet", other: "EmbeddingSet") -> str:
    dimension = f"dimension {first.d:,} in both" if first.d == other.d else f"dimension {first.d:,} and {other.d:,}"
    ours, theirs = (str(each.vectors.dtype).removeprefix("torch.") for each in (first, other))
    return f"{dimension}, {ours} in both" if ours == theirs else f"{dimension}, {ours} and {theirs}"
