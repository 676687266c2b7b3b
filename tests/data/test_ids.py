import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vector_files import require_one_sentence

from embdrift.data import read_ids
from embdrift.data.ids import as_ids
from embdrift.errors import InputError

names = st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda text: not text.startswith("\ufeff")
)


@given(ids=st.lists(names, min_size=1, max_size=20))
@settings(max_examples=80, deadline=None)
def test_texts_come_back_to_the_letter(tmp_path_factory, ids):
    folder = tmp_path_factory.mktemp("ids")
    (folder / "a.txt").write_bytes("\n".join(ids).encode())
    (folder / "b.txt").write_bytes(("\r\n".join(ids) + "\r\n").encode())
    (folder / "c.json").write_text(json.dumps(ids))
    (folder / "d.csv").write_bytes(("id\n" + "".join('"' + i.replace('"', '""') + '"\n' for i in ids)).encode())
    pq.write_table(pa.table({"id": ids}), folder / "e.parquet")
    pq.write_table(pa.table({"id": pa.array(ids).dictionary_encode()}), folder / "f.parquet")
    for name in ("a.txt", "b.txt", "c.json", "d.csv", "e.parquet", "f.parquet"):
        assert read_ids(folder / name).tolist() == ids, name


def test_whole_numbers_stay_numbers_where_the_file_says_so(tmp_path):
    (tmp_path / "a.json").write_text("[3, 1, -2]")
    pq.write_table(pa.table({"id": pa.array([3, 1, -2], pa.int32())}), tmp_path / "b.parquet")
    for name in ("a.json", "b.parquet"):
        ids = read_ids(tmp_path / name)
        assert (ids.dtype, ids.tolist()) == (np.int64, [3, 1, -2])


def test_digits_in_text_files_stay_text(tmp_path):
    (tmp_path / "a.txt").write_text("007\n1\nNA\n")
    (tmp_path / "b.csv").write_text("id,x\n007,1\n1,2\nNA,3\n")
    for name in ("a.txt", "b.csv"):
        assert read_ids(tmp_path / name).tolist() == ["007", "1", "NA"]


def test_a_table_gives_its_id_column_or_else_its_first(tmp_path):
    (tmp_path / "a.csv").write_text("x,id\n1,a\n2,b\n")
    (tmp_path / "b.tsv").write_text("name\tx\na\t1\nb\t2\n")
    for name in ("a.csv", "b.tsv"):
        assert read_ids(tmp_path / name).tolist() == ["a", "b"]


def test_numbers_among_texts_and_numbers_beyond_64_bits_become_text():
    assert as_ids([1, "a"], "x").tolist() == ["1", "a"]
    assert as_ids([2**70, 1], "x").tolist() == [str(2**70), "1"]
    assert as_ids(np.array([2**64 - 1], np.uint64), "x").tolist() == [str(2**64 - 1)]


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (None, "got 'None' in row 1"),
        (1.5, "got '1.5' in row 1"),
        (True, "got 'True' in row 1"),
        (["b"], "in row 1"),
        ("", "the id in row 1 is empty"),
        ("a\0", "row 1 holds a zero byte"),
        ("\ud800", "an id is not valid text"),
        ("x" * 3000, "the one in row 1 has 3000"),
    ],
)
def test_what_is_no_id_is_named_by_row(tmp_path, value, rule):
    (tmp_path / "ids.json").write_text(json.dumps(["a", value]))
    with pytest.raises(InputError, match=r"ids\.json") as caught:
        read_ids(tmp_path / "ids.json")
    assert rule in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", '{"a": 1}'),
        ("a.json", "[1"),
        ("a.json", "[" * 100_000),
        ("a.txt", "a\n\nb"),
        ("a.csv", "id\n\n"),
        ("a.csv", 'id,x\n"a'),
        ("a.csv", "id,x\na,1,2\nb,1,2\n"),
        ("a.parquet", "PAR1"),
        ("a.pkl", "x"),
        ("a.json", ""),
    ],
)
def test_odd_files_are_one_sentence(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError) as caught:
        read_ids(tmp_path / name)
    assert "\n" not in str(caught.value)


@given(content=st.binary(max_size=80), suffix=st.sampled_from([".json", ".csv", ".tsv", ".txt", ".parquet"]))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_ids_or_one_sentence(tmp_path_factory, content, suffix):
    path = tmp_path_factory.mktemp("fuzz") / f"ids{suffix}"
    path.write_bytes(content)
    try:
        ids = read_ids(path)
    except InputError as error:
        require_one_sentence(error)
        return
    assert ids.dtype.kind in "iU"


@given(content=st.text(st.sampled_from('[]{}",:a1 \\u\n\r\t;'), max_size=40), suffix=st.sampled_from([".json", ".csv"]))
@settings(max_examples=200, deadline=None)
def test_near_json_and_near_csv_give_ids_or_one_sentence(tmp_path_factory, content, suffix):
    path = tmp_path_factory.mktemp("fuzz") / f"ids{suffix}"
    path.write_text(content)
    try:
        assert read_ids(path).ndim == 1
    except InputError as error:
        require_one_sentence(error)
