"""Random neighbour tables in which ties are the rule, and the same tables listed in another order."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from oracles import table_from_scores


@st.composite
def tied_pairs(draw, tie_limit=1024):
    """Two tables of the same queries, and a depth k that both list."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(2, 14))
    levels = draw(st.integers(1, 8))
    q = draw(st.integers(1, 4))
    depths = [draw(st.integers(1, n)) for _ in range(2)]
    k = draw(st.integers(1, min(depths)))
    reference, candidate = (table_from_scores(rng.integers(0, levels, (q, n)), d, tie_limit) for d in depths)
    return reference, candidate, k


def shuffled_within_ties(table, rng):
    """The same table with the members of every tie group listed in another order, also across its end."""
    positions, extra = table.positions.copy(), table.tie_positions.copy()
    for i in range(table.q):
        span = slice(table.tie_starts[i], table.tie_starts[i + 1])
        items = np.concatenate((positions[i], extra[span]))
        scores = np.concatenate((table.scores[i], np.full(len(extra[span]), table.scores[i, -1])))
        for score in np.unique(scores):
            items[scores == score] = rng.permutation(items[scores == score])
        positions[i], extra[span] = items[: table.depth], items[table.depth :]
    return replace(table, positions=positions, tie_positions=extra)
