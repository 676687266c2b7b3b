"""Slow and obvious answers, written from the definitions and not from the code under test."""

import math
from fractions import Fraction

import numpy as np

from embdrift.types import TIE_LIMIT, Neighbors, Similarity

# ---- neighbour metrics ----------------------------------------------------------------------------------------------


def table_from_scores(scores, depth, tie_limit=TIE_LIMIT):
    """The neighbour table that a full (q, n) matrix of scores defines."""
    positions, kept, beyond, starts, extra = [], [], [], [0], []
    for row in scores:
        order = sorted(range(len(row)), key=lambda item: (-row[item], item))
        tied = [item for item in order[depth:] if row[item] == row[order[depth - 1]]]
        positions.append(order[:depth])
        kept.append([row[item] for item in order[:depth]])
        beyond.append(len(tied))
        extra.extend(tied if len(tied) <= tie_limit else [])
        starts.append(len(extra))
    q, n = np.shape(scores)
    return Neighbors(
        positions=np.array(positions, np.int64).reshape(q, depth),
        scores=np.array(kept, np.float64).reshape(q, depth),
        tied_beyond=np.array(beyond, np.int64),
        tie_starts=np.array(starts, np.int64),
        tie_positions=np.array(extra, np.int64),
        n_corpus=n,
    )


def table_from_lists(*rows):
    """A table without ties from lists of items, best first."""
    q, depth = len(rows), len(rows[0])
    return Neighbors(
        positions=np.array(rows, np.int64),
        scores=np.tile(np.arange(depth, 0, -1, dtype=np.float64), (q, 1)),
        tied_beyond=np.zeros(q, np.int64),
        tie_starts=np.zeros(q + 1, np.int64),
        tie_positions=np.zeros(0, np.int64),
        n_corpus=max(max(row) for row in rows) + 1,
    )


def known_scores(table, i):
    """Item -> score for all items known of row i, and whether those tied with the last one are all known."""
    extra = table.tie_positions[table.tie_starts[i] : table.tie_starts[i + 1]]
    scores = {int(item): float(score) for item, score in zip(table.positions[i], table.scores[i], strict=True)}
    scores |= {int(item): float(table.scores[i, -1]) for item in extra}
    return scores, len(extra) == table.tied_beyond[i]


def chances(table, i, k):
    """Item -> chance of being in the top k of row i when ties are broken at random; None where that is not known."""
    scores, complete = known_scores(table, i)
    cut = table.scores[i, k - 1]
    above = [item for item, score in scores.items() if score > cut]
    tied = [item for item, score in scores.items() if score == cut]
    if cut == table.scores[i, -1] and not complete:
        return None
    return dict.fromkeys(above, Fraction(1)) | dict.fromkeys(tied, Fraction(k - len(above), len(tied)))


def overlap_oracle(reference, candidate, k):
    """sum(pA pB) / sqrt(sum(pA^2) sum(pB^2)) per query."""
    return np.array([_overlap_of_row(reference, candidate, i, k) for i in range(reference.q)])


def _overlap_of_row(reference, candidate, i, k):
    old, new = chances(reference, i, k), chances(candidate, i, k)
    if old is None or new is None:
        return math.nan
    shared = sum(old[item] * new[item] for item in old if item in new)
    return float(shared) / math.sqrt(sum(p * p for p in old.values()) * sum(p * p for p in new.values()))


def rbo_oracle(reference, candidate, k, p):
    """A_k p^k + ((1 - p) / p) sum of p^d A_d, per query."""
    depths = [overlap_oracle(reference, candidate, d) for d in range(1, k + 1)]
    return depths[-1] * p**k + (1 - p) / p * sum(p**d * depths[d - 1] for d in range(1, k + 1))


def r_nx_area_oracle(reference, candidate, k):
    """sum(R(k) / k) / sum(1 / k) over the depths 1 ... k that are less than the corpus, per query."""
    n, ks = reference.n_corpus, range(1, min(k, reference.n_corpus - 1) + 1)
    r = [(n * overlap_oracle(reference, candidate, d) - d) / (n - d) for d in ks]
    return sum(value / d for value, d in zip(r, ks, strict=True)) / sum(1 / d for d in ks)


def mean_rank(table, i, item):
    """The mean of the ranks that the item's tie group takes in row i, or None where the item is not known."""
    scores, _ = known_scores(table, i)
    if item not in scores:
        return None
    above = sum(score > scores[item] for score in table.scores[i])
    tied = sum(score == scores[item] for score in table.scores[i])
    if scores[item] == table.scores[i, -1]:
        tied += table.tied_beyond[i]
    return float(np.mean(np.arange(above + 1, above + tied + 1)))


def displacement_oracle(reference, candidate, k):
    """(mean change of rank, share lost) of the old top k, shape (q, 2)."""
    return np.array([_displacement_of_row(reference, candidate, i, k) for i in range(reference.q)]).reshape(-1, 2)


def _displacement_of_row(reference, candidate, i, k):
    old = chances(reference, i, k)
    if old is None:
        return math.nan, math.nan
    moved = lost = 0.0
    for item, p in old.items():
        rank = mean_rank(candidate, i, item)
        new, complete = known_scores(candidate, i)
        if not complete and new.get(item, -math.inf) <= candidate.scores[i, -1]:
            return math.nan, math.nan
        if rank is None:
            rank = candidate.depth + candidate.tied_beyond[i] + 1
            lost += float(p)
        moved += float(p) * abs(rank - mean_rank(reference, i, item))
    return moved / k, lost / k


def k_occurrence_oracle(table, k, n_items):
    """How many queries count each item among their nearest k, in expectation; unknown rows left out."""
    counts = np.zeros(n_items)
    for i in range(table.q):
        for item, p in (chances(table, i, k) or {}).items():
            counts[item] += float(p)
    return counts


# ---- vectors against vectors ----------------------------------------------------------------------------------------


def self_displacement_oracle(a, b):
    """1 - cosine, row by row, in extended precision."""
    a, b = a.astype(np.longdouble), b.astype(np.longdouble)
    return 1 - (a * b).sum(1) / np.sqrt((a * a).sum(1) * (b * b).sum(1))


def cka_debiased_oracle(a, b):
    """Debiased linear CKA from the n x n kernels, as Song and others wrote it."""

    def hsic(k, m):
        k, m, n = k - np.diag(np.diag(k)), m - np.diag(np.diag(m)), len(k)
        ones = np.ones(n)
        whole = np.trace(k @ m) + (ones @ k @ ones) * (ones @ m @ ones) / ((n - 1) * (n - 2))
        return (whole - 2 / (n - 2) * (ones @ k @ m @ ones)) / (n * (n - 3))

    k, m = a @ a.T, b @ b.T
    return hsic(k, m) / math.sqrt(hsic(k, k) * hsic(m, m))


# ---- exact search ---------------------------------------------------------------------------------------------------


def defined_sum(terms):
    """Sum d terms as the score's definition says: term t goes to lane t mod 16, then 16 lanes become 8, 4, 2, 1.

    A term may be an array: the sum is then taken for each of its elements.
    """
    lanes = [np.zeros_like(terms[0]) for _ in range(16)]
    for t, term in enumerate(terms):
        lanes[t % 16] = lanes[t % 16] + term
    for stride in (8, 4, 2, 1):
        lanes = [lanes[lane] + lanes[lane + stride] for lane in range(stride)]
    return lanes[0]


def defined_scores(queries, corpus, similarity):
    """The score of every query (q, d) with every corpus row (n, d), shape (q, n)."""
    x = [np.asarray(column, np.float64)[:, None] for column in queries.T]
    y = [np.asarray(column, np.float64)[None, :] for column in corpus.T]
    if similarity is Similarity.l2:
        return 0.0 - defined_sum([(a - b) * (a - b) for a, b in zip(x, y, strict=True)])
    dots = defined_sum([a * b for a, b in zip(x, y, strict=True)])
    if similarity is Similarity.inner_product:
        return dots
    return dots / (np.sqrt(defined_sum([a * a for a in x])) * np.sqrt(defined_sum([b * b for b in y])))


def exact_score(x, y, similarity):
    """The score of one pair without any rounding but the last: a float."""
    x, y = [Fraction(float(value)) for value in x], [Fraction(float(value)) for value in y]
    if similarity is Similarity.l2:
        return float(-sum((a - b) ** 2 for a, b in zip(x, y, strict=True)))
    dot = sum(a * b for a, b in zip(x, y, strict=True))
    if similarity is Similarity.inner_product:
        return float(dot)
    squared = dot * dot / (sum(a * a for a in x) * sum(b * b for b in y))
    return math.copysign(math.sqrt(squared), dot)


def search_oracle(
    corpus, k, *, queries=None, rows=None, own=None, similarity=Similarity.cosine, left_out=(), tie_limit=TIE_LIMIT
):
    """The k nearest neighbours of every searching row by the definition: score them all, then sort."""
    searched = corpus if queries is None else queries
    rows = range(len(searched)) if rows is None else rows
    own = (rows if queries is None else [-1] * len(rows)) if own is None else own
    hidden = {int(item) for item in left_out}
    scores = defined_scores(searched[list(rows)], corpus, similarity)
    positions, kept, beyond, starts, extra = [], [], [], [0], []
    for row, mine in zip(scores, own, strict=True):
        found = [item for item in range(len(corpus)) if item not in hidden and item != mine]
        found.sort(key=lambda item, row=row: (-row[item], item))
        tied = [item for item in found[k:] if row[item] == row[found[k - 1]]]
        positions.append(found[:k])
        kept.append(row[found[:k]])
        beyond.append(len(tied))
        extra.extend(tied if len(tied) <= tie_limit else [])
        starts.append(len(extra))
    return Neighbors(
        positions=np.array(positions, np.int32).reshape(len(rows), k),
        scores=np.array(kept, np.float64).reshape(len(rows), k),
        tied_beyond=np.array(beyond, np.int64),
        tie_starts=np.array(starts, np.int64),
        tie_positions=np.array(extra, np.int32),
        n_corpus=len(corpus) - len(hidden) - int(any(item >= 0 and item not in hidden for item in own)),
    )


def assert_same_table(table, expected):
    """Both tables hold the same bytes: positions, scores, tie counts and tie lists."""
    for name in ("positions", "scores", "tied_beyond", "tie_starts", "tie_positions"):
        ours, theirs = getattr(table, name), getattr(expected, name)
        assert ours.dtype == theirs.dtype, name
        np.testing.assert_array_equal(ours, theirs, err_msg=name)
        assert ours.tobytes() == theirs.tobytes(), name
    assert table.n_corpus == expected.n_corpus
