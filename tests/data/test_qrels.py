import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vector_files import require_one_sentence

from embdrift.data import read_qrels, read_query_weights
from embdrift.errors import InputError

ROWS = [("q1", "007", 1), ("q1", "d2", 0), ("q2", "d2", 2)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("q.tsv", "query-id\tcorpus-id\tscore\nq1\t007\t1\nq1\td2\t0\nq2\td2\t2\n"),
        ("q.tsv", "q1\t007\t1\nq1\td2\t0\nq2\td2\t2"),
        ("q.tsv", "\ufeffquery-id\tcorpus-id\tscore\r\nq1\t007\t1\r\nq1\td2\t0\r\nq2\td2\t2\r\n"),
        ("q.trec", "q1 0 007 1\nq1 0 d2 0\n\nq2  0  d2  2\n"),
        ("q.txt", "q1\t0\t007\t1\nq1\t0\td2\t0\nq2\t0\td2\t2\n"),
        ("q.csv", "query_id,corpus_id,score\nq1,007,1\nq1,d2,0\nq2,d2,2\n"),
        ("q.csv", "relevance,note,item,query\n1,x,007,q1\n0,y,d2,q1\n2,z,d2,q2\n"),
        ("q.tsv", "q1\t007\t1\nq1\t007\t1\nq1\td2\t0\nq2\td2\t2"),
    ],
)
def test_every_layout_gives_the_same_judgments(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    frame = read_qrels(tmp_path / name).frame
    assert list(frame.columns) == ["query", "item", "relevance"]
    assert list(frame.itertuples(index=False, name=None)) == ROWS


def test_numbers_in_parquet_become_ids_in_text(tmp_path):
    pd.DataFrame({"query-id": [1, 2], "corpus-id": [31715818, 5], "score": [1, 1]}).to_parquet(tmp_path / "q.parquet")
    assert read_qrels(tmp_path / "q.parquet").frame["item"].tolist() == ["31715818", "5"]


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("q.tsv", "q1\td1\tmany\n", "line 1: a relevance must be a whole number, got 'many'"),
        ("q.tsv", "q1 d1\n", "line 1: judgments have 3 or 4 columns, got 2"),
        ("q.tsv", "q1 d1 1\nq1 d1 2\n", "judges item 'd1' for query 'q1' more than once, and differently"),
        ("q.tsv", "query-id\tcorpus-id\tscore\n", "holds no judgments"),
        ("q.csv", "query,item\nq1,d1\n", "needs a column for the relevance, one of score, relevance, rel; it has"),
        ("q.csv", "query,item,score\nq1,d1,0.5\n", "row 0: a relevance must be a whole number, got '0.5'"),
        ("q.parquet", "no", "cannot be read as a table"),
        ("q.tsv", "", "is empty"),
    ],
)
def test_bad_judgments_are_one_sentence(tmp_path, name, content, rule):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError) as caught:
        read_qrels(tmp_path / name)
    assert rule in str(caught.value)
    assert "\n" not in str(caught.value)


@given(content=st.binary(max_size=60), suffix=st.sampled_from([".tsv", ".csv", ".parquet", ".trec"]))
@settings(max_examples=100, deadline=None)
def test_any_bytes_give_judgments_or_one_sentence(tmp_path_factory, content, suffix):
    path = tmp_path_factory.mktemp("fuzz") / f"q{suffix}"
    path.write_bytes(content)
    try:
        assert len(read_qrels(path).frame)
    except InputError as error:
        require_one_sentence(error)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("w.csv", "id,weight\n007,2.5\nq2,0\n"),
        ("w.tsv", "weight\tquery-id\n2.5\t007\n0\tq2\n"),
        ("w.jsonl", '{"qid": "007", "weight": 2.5}\n{"qid": "q2", "weight": 0}\n'),
    ],
)
def test_every_layout_gives_the_same_weights(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    assert read_query_weights(tmp_path / name) == {"007": 2.5, "q2": 0}


def test_numbers_as_ids_meet_their_text(tmp_path):
    pd.DataFrame({"query": [7, 8], "weight": [1, 2]}).to_parquet(tmp_path / "w.parquet")
    assert read_query_weights(tmp_path / "w.parquet") == {"7": 1, "8": 2}


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ("id,weight\na,-1\n", "a weight must be at least 0, got -1 for query 'a'"),
        ("id,weight\na,0\nb,0\n", "all 2 weights are 0, so that nothing would count"),
        ("id,weight\na,inf\n", "row 0: weight must be a finite number, got 'inf'"),
        ("id,weight\na,\n", "row 0: weight must be a finite number, got ''"),
        ("id,weight\na,1\na,2\n", "ids must be unique"),
        ("id,count\na,1\n", "needs a column for the weight, called weight; it has 'id', 'count'"),
        ("name,weight\na,1\n", "needs a column for the query, called id or query-id"),
        ("id,weight\n", "holds no query weights"),
    ],
)
def test_bad_weights_are_one_sentence(tmp_path, content, rule):
    (tmp_path / "w.csv").write_text(content)
    with pytest.raises(InputError) as caught:
        read_query_weights(tmp_path / "w.csv")
    assert rule in str(caught.value)
    assert "\n" not in str(caught.value)
