import pandas as pd
import pytest

from embdrift.data import read_query_weights
from embdrift.errors import InputError


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
