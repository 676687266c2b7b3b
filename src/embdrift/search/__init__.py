from importlib import import_module
from typing import TYPE_CHECKING, Any

from embdrift.search.assembly import concatenate
from embdrift.search.certificate import Certificate, Tally
from embdrift.search.exact import certified_search, choose_device, exact_blocks, exact_search
from embdrift.search.task import SCORE_DEFINITION, SearchTask, search_task, wide_rows

if TYPE_CHECKING:
    from embdrift.search.ranking import pair_scores

__all__ = [
    "SCORE_DEFINITION",
    "Certificate",
    "SearchTask",
    "Tally",
    "certified_search",
    "choose_device",
    "concatenate",
    "exact_blocks",
    "exact_search",
    "pair_scores",
    "search_task",
    "wide_rows",
]


def __getattr__(name: str) -> Any:
    """Load what is compiled with numba when it is first used: a search on a GPU needs none of it."""
    if name == "pair_scores":
        return import_module("embdrift.search.ranking").pair_scores
    raise AttributeError(f"module 'embdrift.search' has no attribute {name!r}")
