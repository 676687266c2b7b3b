import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vector_files import require_one_sentence

from embdrift.data import read_qrels
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
def test_every_layout_gives_the_same_judgements(tmp_path, name, content):
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
        ("q.tsv", "q1 d1\n", "line 1: judgements have 3 or 4 columns, got 2"),
        ("q.tsv", "q1 d1 1\nq1 d1 2\n", "judges item 'd1' for query 'q1' more than once, and differently"),
        ("q.tsv", "query-id\tcorpus-id\tscore\n", "holds no judgements"),
        ("q.csv", "query,item\nq1,d1\n", "needs a column for the relevance, one of score, relevance, rel; it has"),
        ("q.csv", "query,item,score\nq1,d1,0.5\n", "row 0: a relevance must be a whole number, got '0.5'"),
        ("q.parquet", "no", "cannot be read as a table"),
        ("q.tsv", "", "is empty"),
    ],
)
def test_bad_judgements_are_one_sentence(tmp_path, name, content, rule):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError) as caught:
        read_qrels(tmp_path / name)
    assert rule in str(caught.value)
    assert "\n" not in str(caught.value)


@given(content=st.binary(max_size=60), suffix=st.sampled_from([".tsv", ".csv", ".parquet", ".trec"]))
@settings(max_examples=100, deadline=None)
def test_any_bytes_give_judgements_or_one_sentence(tmp_path_factory, content, suffix):
    path = tmp_path_factory.mktemp("fuzz") / f"q{suffix}"
    path.write_bytes(content)
    try:
        assert len(read_qrels(path).frame)
    except InputError as error:
        require_one_sentence(error)
