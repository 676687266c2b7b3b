import pandas as pd

from embdrift.embed.companions import write_items, write_qrels
from embdrift.embed.texts import Texts

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


def test_judgements_are_written_as_beir_does(tmp_path):
    write_qrels(tmp_path / "qrels.tsv", TEXTS)
    assert (tmp_path / "qrels.tsv").read_text() == "query-id\tcorpus-id\tscore\nq\tb\t2\n"
