import gzip
import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embdrift.embed.texts import Texts, inputs_sha256, read_texts, write_items, write_qrels
from embdrift.errors import InputError

ROWS = [{"_id": "a", "text": "first"}, {"_id": "b", "text": "second, with a comma"}]


def jsonl(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_every_format_gives_the_same_texts(tmp_path):
    (tmp_path / "t.jsonl").write_text(jsonl(ROWS))
    (tmp_path / "t.jsonl.gz").write_bytes(gzip.compress(jsonl(ROWS).encode()))
    pd.DataFrame(ROWS).to_csv(tmp_path / "t.csv", index=False)
    pd.DataFrame(ROWS).to_parquet(tmp_path / "t.parquet")
    for name in ("t.jsonl", "t.jsonl.gz", "t.csv", "t.parquet"):
        read = read_texts(tmp_path / name)
        assert (read.ids, read.texts) == (["a", "b"], ["first", "second, with a comma"])


def test_lines_of_a_text_file_are_numbered_from_zero(tmp_path):
    (tmp_path / "t.txt").write_bytes(b"one\r\ntwo\x0cstill two\n")
    read = read_texts(tmp_path / "t.txt")
    assert (read.ids, read.texts) == (["0", "1"], ["one", "two\x0cstill two"])


def test_a_title_comes_before_the_text_unless_a_column_was_named(tmp_path):
    rows = [{"id": 1, "title": "Title", "text": "body"}, {"id": 2, "title": "", "text": "alone"}]
    (tmp_path / "t.jsonl").write_text(jsonl(rows))
    assert read_texts(tmp_path / "t.jsonl").texts == ["Title body", "alone"]
    assert read_texts(tmp_path / "t.jsonl", text_column="text").texts == ["body", "alone"]
    assert read_texts(tmp_path / "t.jsonl").ids == ["1", "2"]


def test_a_csv_keeps_zeros_and_the_word_na(tmp_path):
    (tmp_path / "t.csv").write_text('id,text\n007,NA\n8,"two\nlines"\n')
    read = read_texts(tmp_path / "t.csv")
    assert (read.ids, read.texts) == (["007", "8"], ["NA", "two\nlines"])


def test_named_columns_are_read(tmp_path):
    pd.DataFrame({"key": [3, 4], "body": ["x", "y"]}).to_parquet(tmp_path / "t.parquet")
    read = read_texts(tmp_path / "t.parquet", id_column="key", text_column="body")
    assert (read.ids, read.texts) == (["3", "4"], ["x", "y"])


def test_json_strings_may_hold_unicode_line_separators(tmp_path):
    (tmp_path / "t.jsonl").write_text('{"id": "a", "text": "one\u2028two"}\n', encoding="utf-8")
    assert read_texts(tmp_path / "t.jsonl").texts == ["one\u2028two"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.jsonl", "", "holds no texts"),
        ("t.txt", "", "no texts found"),
        ("t.txt", "one\n\nthree\n", "'1'.*have none"),
        ("t.csv", "", "could not be read as csv"),
        ("t.csv", "id,text\n", "holds no texts"),
        ("t.csv", "id,text\n1,a,b\n", "could not be read as csv"),
        ("t.csv", "key,text\n1,a\n", "id column _id or id not found; name one of key, text"),
        ("t.parquet", "not parquet", "could not be read as parquet"),
        ("t.jsonl", '{"id": 1, "text": "a"}\n{"id": \n', "line 2: not valid JSON"),
        ("t.jsonl", "[1, 2]\n", "line 1: every line must be a JSON object"),
        ("t.jsonl", '{"id": 1, "text": "a"}\n{"id": "1", "text": "b"}\n', "'1'.* more than once"),
        ("t.jsonl", '{"id": 1, "text": "a"}\n{"id": 2}\n', "'2'.*have none"),
        ("t.jsonl", '{"id": 1, "text": "a"}\n{"text": "b"}\n', "item 1: an id must be"),
        ("t.jsonl", '{"id": 1, "text": ["a"]}\n', "item 0: a text must be text"),
        ("t.jsonl", '{"id": 1, "text": "\\ud800"}\n', "half of a surrogate pair"),
        ("t.jsonl.gz", "plain", "could not be read"),
        ("t.docx", "x", "save them in one of these"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_sentence(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=message) as raised:
        read_texts(tmp_path / name)
    assert str(tmp_path / name) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        read_texts(tmp_path / "none.jsonl")


def test_a_file_that_is_not_utf8_is_named_with_the_place(tmp_path):
    (tmp_path / "t.txt").write_bytes(b"caf\xe9")
    with pytest.raises(InputError, match="must be UTF-8, but byte 3 is not"):
        read_texts(tmp_path / "t.txt")


def test_a_misspelt_column_is_met_with_the_nearest(tmp_path):
    (tmp_path / "t.jsonl").write_text(jsonl(ROWS))
    with pytest.raises(InputError, match="did you mean 'text'"):
        read_texts(tmp_path / "t.jsonl", text_column="txt")


def test_columns_make_no_sense_for_lines(tmp_path):
    (tmp_path / "t.txt").write_text("one\n")
    with pytest.raises(InputError, match="has no columns"):
        read_texts(tmp_path / "t.txt", id_column="id")


def test_cohorts_need_a_value_for_every_text():
    with pytest.raises(InputError, match="cohort 'topic' needs 2 values, got 1"):
        Texts(["a", "b"], ["x", "y"], cohorts={"topic": ["t"]})


@given(st.lists(st.tuples(st.text(), st.text()), min_size=2, max_size=5, unique=True))
def test_the_fingerprint_of_inputs_tells_order_and_borders_apart(pairs):
    ids, texts = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    assert inputs_sha256(ids, texts) == inputs_sha256(list(ids), list(texts))
    assert inputs_sha256(ids, texts) != inputs_sha256(ids[::-1], texts[::-1])
    moved = [ids[0] + "x", *ids[1:]], ["x" + texts[0], *texts[1:]]
    assert inputs_sha256(*moved) != inputs_sha256([ids[0] + "xx", *ids[1:]], texts)


TEXTS = Texts(
    ["a", "b"],
    ["first", "second\nline"],
    cohorts={"topic": ["t", "u"]},
    query_ids=["q"],
    query_texts=["which?"],
    qrels=[("q", "b", 2)],
)


def test_items_hold_ids_cohorts_and_texts(tmp_path):
    write_items(tmp_path / "items.parquet", TEXTS)
    read = pd.read_parquet(tmp_path / "items.parquet")
    assert read.to_dict("list") == {"id": ["a", "b"], "topic": ["t", "u"], "text": ["first", "second\nline"]}


def test_judgments_are_written_as_beir_does(tmp_path):
    write_qrels(tmp_path / "qrels.tsv", TEXTS)
    assert (tmp_path / "qrels.tsv").read_text() == "query-id\tcorpus-id\tscore\nq\tb\t2\n"
