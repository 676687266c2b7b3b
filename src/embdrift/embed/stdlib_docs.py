"""A corpus that every machine with Python already holds: the standard library's documentation strings."""

import ast
import hashlib
import inspect
import re
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

from embdrift.embed.texts import Texts
from embdrift.errors import InputError

SHORTEST = 60
"""Characters of the shortest documentation string that is taken; below it they say little more than the name."""

LEFT_OUT = frozenset(
    {"test", "tests", "idle_test", "site-packages", "dist-packages", "__pycache__", "__phello__"}
    # Not installed with every Python: Linux distributions package them apart, newer versions dropped them.
    | {"idlelib", "tkinter", "turtledemo", "lib2to3", "distutils"}
)

WORD = re.compile(r"[A-Z][A-Z0-9]*(?=[A-Z][a-z])|[A-Z]?[a-z][a-z0-9]*|[A-Z][A-Z0-9]*|[0-9]+[a-z]*")

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def stdlib_docs(limit: int = 2000, *, folder: Path | None = None) -> Texts:
    """The documentation strings of Python's standard library, with a query and a judgment for each.

    Source files are parsed, never imported. An item is a module, class or function whose documentation has at least
    `SHORTEST` characters; its id is the qualified name, its cohort `module` the top-level module. Of equal texts the
    first by name stays. The query is the last two parts of the name, split into words; its one relevant document is
    the item's own text. Which items make up `limit` is decided by the sha256 of their ids, so that each module keeps
    its share and the choice is the same everywhere; Python versions differ in what they document.

    Args:
        limit: items at most; all, where there are fewer
        folder: where the library's source lies; this Python's by default

    Raises:
        InputError: when `limit` is below 1 or no documented source is installed
    """
    if limit < 1:
        raise InputError(f"limit must be at least 1, got {limit}")
    folder = folder or Path(sysconfig.get_path("stdlib"))
    found = _distinct(dict(_documentation(folder)))
    if not found:
        raise InputError(f"{folder}: no Python source with documentation found; give a file of texts instead")
    chosen = sorted(sorted(found, key=lambda name: hashlib.sha256(name.encode()).digest())[:limit])
    queries = {f"query:{name}": query_words(name) for name in chosen}
    return Texts(
        ids=chosen,
        texts=[found[name] for name in chosen],
        cohorts={"module": [name.split(".")[0] for name in chosen]},
        query_ids=list(queries),
        query_texts=list(queries.values()),
        qrels=[(query, name, 1) for query, name in zip(queries, chosen, strict=True)],
        source="stdlib-docs",
    )


def query_words(name: str) -> str:
    """The last two parts of a qualified name as lower-case words.

    >>> query_words("json.decoder.JSONDecoder.raw_decode")
    'json decoder raw decode'
    """
    last = name.split(".")[-2:]
    return " ".join(word.lower() for part in last for word in WORD.findall(part) or [part])


def _documentation(folder: Path) -> Iterator[tuple[str, str]]:
    """Each qualified name with its documentation; of definitions of one name, the last comes last."""
    for path in sorted(folder.rglob("*.py")):
        inside = path.relative_to(folder).with_suffix("").parts
        if LEFT_OUT.isdisjoint(inside) and (tree := _parse(path)) is not None:
            yield from _documented(tree, ".".join(inside).removesuffix(".__init__"))


def _parse(path: Path) -> ast.Module | None:
    with warnings.catch_warnings():
        # The library's own invalid escapes are no news to the user.
        warnings.simplefilter("ignore")
        try:
            return ast.parse(path.read_bytes())
        except (SyntaxError, ValueError, OSError):
            return None


def _documented(node: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Documented):
        text = inspect.cleandoc(ast.get_docstring(node, clean=False) or "")
        if len(text) >= SHORTEST and not _is_dunder(name.rpartition(".")[2]):
            yield name, text
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _documented(child, f"{name}.{child.name}")
        elif isinstance(child, ast.stmt | ast.ExceptHandler):
            # Definitions also stand inside `if` and `try`.
            yield from _documented(child, name)


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _distinct(found: dict[str, str]) -> dict[str, str]:
    """The same, without texts that an earlier name already has, in the order of names."""
    first: dict[str, str] = {}
    for name in sorted(found):
        first.setdefault(found[name], name)
    return {name: text for text, name in first.items()}
