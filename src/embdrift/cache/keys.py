"""What a kept table is called: a hash of everything that its bytes depend on, and of nothing else."""

import hashlib
import json

from embdrift.search import SCORE_DEFINITION, SearchTask
from embdrift.types import TIE_LIMIT, Array


def table_key(task: SearchTask, corpus_fingerprint: str, query_fingerprint: str) -> str:
    """Name of the neighbour table of a task, whatever its depth.

    Args:
        task: the search
        corpus_fingerprint: content hash of the corpus's vectors, with type and shape
        query_fingerprint: the same for the queries
    """
    parts = {
        "definition": SCORE_DEFINITION,
        "tie_limit": TIE_LIMIT,
        "corpus": corpus_fingerprint,
        "queries": query_fingerprint,
        "metric": task.similarity.value,
        "rows": _digest(task.rows),
        "own": _digest(task.own),
        "left_out": _digest(task.left_out),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _digest(positions: Array) -> str:
    return hashlib.sha256(positions.astype("<i8").tobytes()).hexdigest()
