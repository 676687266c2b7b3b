"""What changes in retrieval when an embedding model changes: exact, on the whole corpus, on a GPU or a CPU."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embdrift.api import open_run, run
    from embdrift.data import read
    from embdrift.search import exact_search
    from embdrift.types import EmbeddingSet, Neighbors, Similarity

_HOMES = {
    "EmbeddingSet": ("embdrift.types", "EmbeddingSet"),
    "Neighbors": ("embdrift.types", "Neighbors"),
    "Similarity": ("embdrift.types", "Similarity"),
    "exact_search": ("embdrift.search", "exact_search"),
    "open_run": ("embdrift.api", "open_run"),
    "read": ("embdrift.data", "read"),
    "run": ("embdrift.api", "run"),
}

__all__ = ["EmbeddingSet", "Neighbors", "Similarity", "exact_search", "open_run", "read", "run"]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that `embdrift --help` does not wait for torch."""
    if name not in _HOMES:
        raise AttributeError(f"module 'embdrift' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    """Public names too that have not been loaded yet, for completion in notebooks."""
    return sorted({*globals(), *__all__})
