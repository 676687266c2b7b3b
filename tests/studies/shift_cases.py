"""Versions to compare, ways to look up what a study found, and neighbours by brute force."""

import numpy as np
import pandas as pd
import torch

from embdrift.data import Items, Qrels, ZeroVectors, inspect_vectors, require_usable
from embdrift.data.synthetic import clustered, jittered
from embdrift.studies import CheckedSet, Version
from embdrift.types import EmbeddingSet, Similarity
from oracles import table_from_scores


def checked(vectors, name="old", ids=None, similarity=Similarity.cosine, zero_vectors=ZeroVectors.error):
    """Vectors that can be searched; ids are row numbers unless given."""
    numbers = np.arange(len(vectors)) if ids is None else np.asarray(ids)
    one = EmbeddingSet(name, vectors, numbers, has_ids=ids is not None, similarity=similarity)
    report = inspect_vectors(one)
    return CheckedSet.of(one, report, require_usable(one, report, zero_vectors=zero_vectors))


def version(vectors, name="old", *, ids=None, queries=None, query_ids=None, **how):
    """One version; `queries` and `query_ids` where queries are compared too."""
    asked = None if queries is None else checked(queries, name, query_ids, **how)
    return Version(checked(vectors, name, ids, **how), asked)


def drifted(n=400, d=16, seed=1, cosine=0.95):
    """Two versions of clustered vectors, tie-free."""
    old = clustered(n, d, seed=seed)
    return old, jittered(old, cosine, seed + 100)


def with_a_remote_group(n, size):
    """Vectors of which the first `size` are equal, and nobody else's near neighbours."""
    vectors = clustered(n, 16, seed=1)
    vectors[:, 0] += 1
    vectors[:size] = 0
    vectors[:size, 0] = -1
    return vectors / vectors.norm(dim=1, keepdim=True)


def permuted(vectors, ids, seed):
    """The same rows in another order, with their ids."""
    order = np.random.default_rng(seed).permutation(len(ids))
    return vectors[torch.from_numpy(order)], np.asarray(ids)[order]


def figures(result, *, scope="corpus", candidate="new", cohort=""):
    """Rows of the summary about one candidate, by (metric, k); k is None where a figure has none."""
    summary = result.summary
    chosen = (summary["scope"] == scope) & (summary["candidate"] == candidate) & (summary["cohort"] == cohort)
    return {
        (row["metric"], None if pd.isna(row["k"]) else int(row["k"])): row for row in summary[chosen].to_dict("records")
    }


def figure(result, metric, k=None, **where):
    """One row of the summary."""
    return figures(result, **where)[metric, k]


def per_query(result, *, scope="corpus", candidate="new"):
    """The values per query of one candidate, by id."""
    frame = result.per_query
    return frame[(frame["scope"] == scope) & (frame["candidate"] == candidate)].set_index("id")


def items_table(ids, cohorts=None, texts=None):
    """A table of items with one cohort column, `kind`, and texts."""
    columns = {} if cohorts is None else {"kind": cohorts}
    columns |= {} if texts is None else {"text": texts}
    frame = pd.DataFrame(columns, index=pd.Index([str(one) for one in ids], name="id", dtype=object))
    return Items(frame, tuple(["kind"] if cohorts is not None else []), "text" if texts is not None else None)


def judgements(*rows):
    """Relevance judgements from (query, item, relevance)."""
    return Qrels(pd.DataFrame(rows, columns=["query", "item", "relevance"]))


def brute_scores(corpus, queries=None):
    """Cosines by plain numpy, shape (q, n); an item's score of itself is minus infinity."""
    corpus = corpus.double().numpy()
    asked = corpus if queries is None else queries.double().numpy()
    lengths = np.linalg.norm(asked, axis=1)[:, None] * np.linalg.norm(corpus, axis=1)
    scores = asked @ corpus.T / lengths
    if queries is None:
        np.fill_diagonal(scores, -np.inf)
    return scores


def brute_table(corpus, depth, queries=None):
    """The neighbour table of tie-free vectors by plain numpy."""
    return table_from_scores(brute_scores(corpus, queries), depth)


def assert_same_shift(result, other, scope="corpus"):
    """Every value per query, and every mean of them, to the bit; floors look at the whole reference and may differ."""
    pd.testing.assert_frame_equal(per_query(result, scope=scope), per_query(other, scope=scope), check_exact=True)
    ours, theirs = figures(result, scope=scope), figures(other, scope=scope)
    for key, row in theirs.items():
        for column in ("value", "low", "high", "n", "chance"):
            np.testing.assert_equal(ours[key][column], row[column], err_msg=f"{key} {column}")
    for name, frame in other.tables.items():
        left, right = (one.drop(columns="floor", errors="ignore") for one in (result.tables[name], frame))
        pd.testing.assert_frame_equal(left, right, check_exact=True)
