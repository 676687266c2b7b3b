import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vector_files import require_one_sentence

from embdrift.data import read_golden
from embdrift.errors import InputError


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("g.csv", "a,b,similar\nq1,007,1\nd2,d3,0\n"),
        ("g.tsv", "\ufeffb\tnote\ta\tsimilar\n007\tx\tq1\tTrue\nd3\ty\td2\tfalse\n"),
        ("g.jsonl", '{"a": "q1", "b": "007", "similar": 1}\n\n{"b": "d3", "a": "d2", "similar": false}\n'),
        ("g.csv", "a,b,similar\nq1,007,1\nq1,007,1\nd2,d3,0\n"),
    ],
)
def test_every_layout_gives_the_same_pairs(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    pairs = read_golden(tmp_path / name)
    assert pairs.frame[["a", "b", "similar", "grade"]].to_numpy().tolist() == [
        ["q1", "007", 1.0, 1.0],
        ["d2", "d3", 0.0, 0.0],
    ]
    assert not pairs.graded
    assert len(pairs) == 2


def test_scores_and_numbers_as_ids_in_parquet(tmp_path):
    pd.DataFrame({"a": [1, 2], "b": [31715818, 5], "score": [4.5, 0]}).to_parquet(tmp_path / "g.parquet")
    pairs = read_golden(tmp_path / "g.parquet")
    assert pairs.frame["b"].tolist() == ["31715818", "5"]
    assert pairs.frame["grade"].tolist() == [4.5, 0]
    assert np.isnan(pairs.frame["similar"]).all()
    assert pairs.graded


def test_kind_and_score_may_both_be_given_and_so_may_what_an_id_is(tmp_path):
    (tmp_path / "g.csv").write_text("a,b,a_is,b_is,similar,score\n1,1,query,item,1,3.5\n1,1,item,,0,1\n")
    frame = read_golden(tmp_path / "g.csv").frame
    assert frame["a_is"].tolist() == ["query", "item"]
    assert frame["b_is"].tolist() == ["item", ""]
    assert (frame["similar"].tolist(), frame["grade"].tolist()) == ([1, 0], [3.5, 1])


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("g.csv", "a,b\nx,y\n", "needs a column for what people said of the pair, called similar or score"),
        ("g.csv", "a,c,similar\nx,y,1\n", "needs a column for one side of the pair, b, called b; it has 'a', 'c'"),
        ("g.csv", "a,b,similar\nx,y,2\n", "row 0: similar must be 0 or 1, got '2'"),
        ("g.csv", "a,b,score\nx,y,nan\n", "row 0: score must be a finite number, got 'nan'"),
        ("g.csv", "a,b,score\nx,y,1\n,y,1\n", "row 1 is empty"),
        ("g.csv", "a,b,similar\nx,y,1\nx,y,0\n", "judges the pair 'x', 'y' more than once, and differently"),
        ("g.csv", "a,b,similar,a_is\nx,y,1,chunk\n", "row 0: a_is must be item or query, got 'chunk'"),
        ("g.csv", "a,b,similar\n", "holds no golden pairs"),
        ("g.jsonl", "[1]\n", "line 1: must be a JSON object, got list"),
        ("g.jsonl", '{"a": 1}\n{"a": \n', "line 2: not JSON"),
        ("g.jsonl", "\n\n", "holds no golden pairs"),
        ("g.txt", "x y 1\n", "must end in .csv, .tsv, .parquet, .jsonl"),
        ("g.csv", "", "is empty"),
    ],
)
def test_bad_pairs_are_one_sentence(tmp_path, name, content, rule):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError) as caught:
        read_golden(tmp_path / name)
    assert rule in str(caught.value)
    require_one_sentence(caught.value)


@given(content=st.binary(max_size=60), suffix=st.sampled_from([".tsv", ".csv", ".parquet", ".jsonl"]))
@settings(max_examples=80, deadline=None)
def test_any_bytes_give_pairs_or_one_sentence(tmp_path_factory, content, suffix):
    path = tmp_path_factory.mktemp("fuzz") / f"g{suffix}"
    path.write_bytes(content)
    try:
        assert len(read_golden(path))
    except InputError as error:
        require_one_sentence(error)
