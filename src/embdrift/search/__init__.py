"""Exact neighbors of whole corpora, on a CPU or a GPU; engines load when they are used."""

from typing import TYPE_CHECKING

from embdrift.lazy import lazy_names

if TYPE_CHECKING:
    from embdrift.search.assembly import concatenate
    from embdrift.search.certificate import Certificate, Tally
    from embdrift.search.exact import certified_search, choose_device, exact_blocks, exact_search
    from embdrift.search.ranking import pair_scores
    from embdrift.search.task import SCORE_DEFINITION, SearchTask, search_task, wide_rows

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

__getattr__, __dir__ = lazy_names(__name__)
