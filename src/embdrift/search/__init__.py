from embdrift.search.exact import exact_blocks, exact_search
from embdrift.search.task import SCORE_DEFINITION, SearchTask, search_task

__all__ = ["SCORE_DEFINITION", "SearchTask", "exact_blocks", "exact_search", "search_task"]
