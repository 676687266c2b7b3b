"""Approximate neighbours: faiss on CPU and GPU behind one small interface."""

from typing import TYPE_CHECKING

from embdrift.lazy import lazy_names

if TYPE_CHECKING:
    from embdrift.index.building import Built, fresh, index_rows, list_imbalance, serialized_bytes, stale
    from embdrift.index.faiss_module import Capabilities, capabilities, load_faiss, require_one_faiss
    from embdrift.index.job import BuildFacts, Job, Outcome, SearchFacts, State, run_job
    from embdrift.index.kind import (
        Build,
        IndexChoice,
        IndexKind,
        Keeps,
        Point,
        index_choice_type,
        index_kind,
        no_index,
        registered,
    )
    from embdrift.index.searching import Answers, search

__all__ = [
    "Answers",
    "Build",
    "BuildFacts",
    "Built",
    "Capabilities",
    "IndexChoice",
    "IndexKind",
    "Job",
    "Keeps",
    "Outcome",
    "Point",
    "SearchFacts",
    "State",
    "capabilities",
    "fresh",
    "index_choice_type",
    "index_kind",
    "index_rows",
    "list_imbalance",
    "load_faiss",
    "no_index",
    "registered",
    "require_one_faiss",
    "run_job",
    "search",
    "serialized_bytes",
    "stale",
]

__getattr__, __dir__ = lazy_names(__name__)
