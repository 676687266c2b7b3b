import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from embdrift.data import align
from embdrift.errors import InputError
from embdrift.types import EmbeddingSet


def made(ids, name="v", has_ids=True) -> EmbeddingSet:
    return EmbeddingSet(name, torch.zeros(len(ids), 2), np.array(ids), has_ids=has_ids)


some_ids = st.one_of(
    st.lists(st.integers(-5, 30), min_size=1, max_size=20, unique=True),
    st.lists(st.sampled_from("abcdefghijklmnopqrstuvwxyz").map(str), min_size=1, max_size=20, unique=True),
)


@given(ours=some_ids, theirs=some_ids, random=st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_the_join_agrees_with_its_definition_and_with_any_order_of_rows(ours, theirs, random):
    same_type = type(ours[0]) is type(theirs[0])
    a, b = (ours, theirs) if same_type else ([str(i) for i in ours], [str(i) for i in theirs])
    shared = sorted(set(a) & set(b))
    if not shared:
        with pytest.raises(InputError, match="share no id"):
            align(made(ours), made(theirs))
        return
    found = align(made(ours), made(theirs))
    assert found.ids.tolist() == shared
    assert found.shared == len(shared)
    assert [a[row] for row in found.reference_rows] == shared
    assert [b[row] for row in found.candidate_rows] == shared
    assert found.removed.tolist() == [row for row, i in enumerate(a) if i not in b]
    assert found.added.tolist() == [row for row, i in enumerate(b) if i not in a]
    random.shuffle(ours)
    random.shuffle(theirs)
    assert align(made(ours), made(theirs)).ids.tolist() == shared


def test_numbers_sort_as_numbers_and_texts_as_texts():
    assert align(made([10, 9, 100]), made([9, 100, 10])).ids.tolist() == [9, 10, 100]
    assert align(made(["10", "9", "100"]), made([9, 100, 10])).ids.tolist() == ["10", "100", "9"]


def test_texts_of_different_length_meet():
    assert align(made(["a", "b"]), made(["b", "long-name"])).ids.tolist() == ["b"]


def test_rows_without_ids_are_joined_by_number():
    found = align(made([0, 1, 2], has_ids=False), made([0, 1, 2], has_ids=False))
    assert found.reference_rows.tolist() == found.candidate_rows.tolist() == [0, 1, 2]
    assert not len(found.removed)
    assert not len(found.added)


def test_different_numbers_of_rows_without_ids_are_refused():
    with pytest.raises(
        InputError, match=r"old has 2 rows, new 3, and neither has ids to join them by; give a file of ids"
    ):
        align(made([0, 1], "old", has_ids=False), made([0, 1, 2], "new", has_ids=False))


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True)])
def test_ids_on_one_side_only_are_refused(first, second):
    with pytest.raises(InputError, match=r"has ids and (old|new) has none; give a file of ids for the latter"):
        align(made([0, 1], "old", has_ids=first), made([0, 1], "new", has_ids=second))


def test_no_shared_id_shows_one_of_each_side():
    with pytest.raises(InputError, match=r"share no id: the first has ids such as 'a', the second 'doc/a'"):
        align(made(["a"]), made(["doc/a"]))


def test_positions_are_int64():
    found = align(made([1, 2]), made([2, 3]))
    for rows in (found.reference_rows, found.candidate_rows, found.removed, found.added):
        assert rows.dtype == np.int64
