from embdrift.search.certificate import Certificate, Tally
from embdrift.search.exact import certified_search, choose_device, exact_blocks, exact_search
from embdrift.search.ranking import concatenate, pair_scores
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
