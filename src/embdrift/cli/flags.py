"""The flags of `embdrift run` as Hydra overrides."""

import argparse
from pathlib import Path

from embdrift.config import override
from embdrift.config.overrides import Value
from embdrift.errors import InputError


def flag_overrides(args: argparse.Namespace) -> list[str]:
    """The command line's own flags as overrides.

    Raises:
        InputError: when a flag cannot be read, or names a candidate that there is not
    """
    settings: list[tuple[str, Value]] = [
        *_reference(args),
        ("candidates", _candidates(args)),
        *_again(args),
        ("dataset.items", args.items),
        ("dataset.qrels", args.qrels),
        ("study.query_sample", args.query_sample),
    ]
    return [override(key, value) for key, value in settings if value is not None]


def _reference(args: argparse.Namespace) -> list[tuple[str, Value]]:
    name = None if args.reference is None else Path(_file(args.reference, "--reference")).stem
    return [
        ("reference.name", name),
        ("reference.path", args.reference),
        ("reference.queries", args.reference_queries),
        ("reference.ids", args.ids),
        ("reference.query_ids", args.query_ids),
    ]


def _again(args: argparse.Namespace) -> list[tuple[str, Value]]:
    if args.reference_again is None:
        return []
    return [
        ("again.name", "reference again"),
        ("again.path", _file(args.reference_again, "--reference-again")),
        ("again.ids", args.ids),
    ]


def _candidates(args: argparse.Namespace) -> list[Value] | None:
    files = [_named(one, "--candidate") for one in args.candidate]
    queries = _queries(args, [name for name, _ in files])
    if not files:
        return None
    return [
        {"name": name, "path": path, "ids": args.ids, "queries": queries.get(name), "query_ids": args.query_ids}
        for name, path in files
    ]


def _queries(args: argparse.Namespace, names: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, path in (_named(one, "--candidate-queries") for one in args.candidate_queries):
        if name not in names:
            raise InputError(
                f"--candidate-queries names {name!r}, which no --candidate has"
                + (f": they are {', '.join(map(repr, names))}" if names else "")
            )
        if name in found:
            raise InputError(f"--candidate-queries names {name!r} twice: give each candidate's queries once")
        found[name] = path
    return found


def _named(text: str, flag: str) -> tuple[str, str]:
    """NAME=FILE; a file alone is named after itself."""
    name, equals, path = text.partition("=")
    if not equals or "/" in name:
        return Path(_file(text, flag)).stem, text
    if not name or not path:
        raise InputError(f"{flag} must be NAME=FILE, got {text!r}")
    return name, path


def _file(text: str, flag: str) -> str:
    if not text:
        raise InputError(f"{flag} must name a file, got an empty text")
    return text
