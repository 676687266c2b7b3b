"""Which index types there are; a new one is one file in `kinds`."""

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, make_dataclass
from functools import cache
from importlib import import_module
from typing import TypeVar

from embdrift.errors import InputError
from embdrift.index.kind import Build, IndexKind

KINDS: dict[str, type[IndexKind]] = {}
"""Registered name -> index type."""

Kind = TypeVar("Kind", bound=IndexKind)


def index_kind(name: str) -> Callable[[type[Kind]], type[Kind]]:
    """Register the decorated dataclass as the index type of this name."""

    def register(kind: type[Kind]) -> type[Kind]:
        kind.kind = name
        KINDS[name] = kind
        return kind

    return register


@dataclass
class IndexChoice:
    """Which indexes to sweep: one field per registered type, None for the types that are left out.

    Made by `index_choice_type`, since the fields follow from what is registered.
    """

    def builds(self) -> Iterator[Build]:
        """The builds of all types that are chosen, in the order of registration.

        Raises:
            InputError: when two builds would have one name
        """
        seen: set[str] = set()
        for name in (one.name for one in fields(self)):
            kind = getattr(self, name)
            for build in kind.builds() if kind is not None else ():
                if build.name in seen:
                    raise InputError(f"two indexes are called {build.name!r}: leave one of them out")
                seen.add(build.name)
                yield build


@cache
def index_choice_type() -> type[IndexChoice]:
    """The dataclass whose fields are the registered index types: the schema of config files."""
    kinds = registered()
    chosen = [(name, kind | None, field(default=None)) for name, kind in kinds.items()]
    # Its place among modules, which `make_dataclass` can set from Python 3.12 on.
    namespace = {"__module__": __name__}
    return make_dataclass("IndexChoices", chosen, bases=(IndexChoice,), namespace=namespace)


def no_index() -> IndexChoice:
    """A choice of nothing, to be filled by a config or by assignment."""
    return index_choice_type()()


def registered() -> dict[str, type[IndexKind]]:
    """All index types by name, in a fixed order."""
    from embdrift.index import kinds

    for module in sorted(one.name for one in pkgutil.iter_modules(kinds.__path__)):
        import_module(f"{kinds.__name__}.{module}")
    return dict(sorted(KINDS.items()))
