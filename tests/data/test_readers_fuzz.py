import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vector_files import WRITERS, D, N, require_one_sentence, values

from embdrift.data import read
from embdrift.errors import InputError
from embdrift.types import EmbeddingSet

UNGUARDED = ("fvecs", "bvecs", "hdf5", "h5 chunked", "pt tensor", "pt dictionary", "pt of old")
"""Formats in which a damaged byte can make another whole file: nothing in them repeats or sums up the shape."""

changes = st.one_of(
    st.tuples(st.just("cut"), st.floats(0, 0.999), st.just(0)),
    st.tuples(st.just("extend"), st.just(0.0), st.integers(1, 40)),
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=6).map(lambda x: ("set", x, 0)),
    st.lists(st.tuples(st.floats(0, 0.1), st.integers(0, 255)), min_size=1, max_size=3).map(lambda x: ("set", x, 0)),
)


def damaged(good: bytes, change: tuple) -> bytes:
    kind, where, count = change
    if kind == "cut":
        return good[: int(where * len(good))]
    if kind == "extend":
        return good + bytes(range(count))
    bad = bytearray(good)
    for place, value in where:
        bad[int(place * len(bad))] = value
    return bytes(bad)


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_damage_gives_vectors_or_one_sentence(tmp_path, kind):
    suffix, dtypes, write = WRITERS[kind]
    path = tmp_path / f"v{suffix}"
    write(path, values(dtypes[0]))
    good = path.read_bytes()

    @given(change=changes)
    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    def holds(change):
        # A new file each time: writing into one that is mapped would change tensors under our feet.
        path.unlink()
        path.write_bytes(damaged(good, change))
        try:
            found = read(path)
        except InputError as error:
            require_one_sentence(error)
            return
        assert isinstance(found, EmbeddingSet)
        assert (found.n, found.d) == (N, D) or kind in UNGUARDED
        assert found.vectors.double().shape == (found.n, found.d)  # every value can be looked at

    holds()
