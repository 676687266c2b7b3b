import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from embdrift.embed.job import CHUNK, batches, chunks


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=700), st.integers(1, 400))
def test_every_text_comes_once_longest_first_in_whole_batches(lengths, batch_size):
    pieces = chunks(["x" * length for length in lengths], batch_size)
    order = np.concatenate(pieces)
    assert sorted(order) == list(range(len(lengths)))
    assert (np.diff(np.array(lengths)[order]) <= 0).all()
    assert all(len(piece) >= CHUNK and len(piece) % batch_size == 0 for piece in pieces[:-1])
    assert np.array_equal(np.concatenate([batch for piece in pieces for batch in batches(piece, batch_size)]), order)


def test_texts_of_one_length_keep_their_order():
    assert chunks(["aa", "b", "cc", "d"], 2)[0].tolist() == [0, 2, 1, 3]
