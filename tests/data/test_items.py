import numpy as np
import pandas as pd
import pytest

from embdrift.data import read_items
from embdrift.errors import InputError

TABLE = pd.DataFrame(
    {
        "id": [f"{row:03}" for row in range(60)],
        "lang": ["en", "de", None] * 20,
        "year": [2020, 2021, None] * 20,
        "flag": [True, False] * 30,
        "score": np.linspace(0, 1, 60),
        "title": [f"title {row}" for row in range(60)],
        "same": ["x"] * 60,
        "text": ["one", "two"] * 30,
    }
)


@pytest.fixture(params=[".csv", ".parquet", ".tsv"])
def path(request, tmp_path):
    file = tmp_path / f"items{request.param}"
    if request.param == ".parquet":
        TABLE.assign(year=TABLE["year"].astype("Int64"), vectors=[[1.0]] * 60).to_parquet(file)
    else:
        TABLE.assign(year=TABLE["year"].astype("Int64")).to_csv(
            file, index=False, sep="," if ".csv" in file.name else "\t"
        )
    return file


def test_cohorts_are_columns_of_2_to_50_values_and_text_is_found_by_name(path):
    items = read_items(path)
    assert items.cohorts == ("lang", "year", "flag")
    assert items.text == "text"
    assert items.frame.index.tolist() == TABLE["id"].tolist()
    assert "id" not in items.frame
    assert "vectors" not in items.frame


def test_named_columns_are_taken_as_they_are(path):
    items = read_items(path, cohorts=["title", "score"], text="same")
    assert (items.cohorts, items.text) == (("title", "score"), "same")
    assert read_items(path, cohorts=[]).cohorts == ()


def test_rows_come_in_the_order_of_the_ids_and_missing_ones_are_counted(path):
    items = read_items(path)
    ids = np.array(["059", "nowhere", "000"])
    frame = items.for_ids(ids)
    assert frame.index.tolist() == ids.tolist()
    assert frame["title"].isna().tolist() == [False, True, False]
    assert frame["title"].iloc[0] == "title 59"
    assert items.missing(ids) == 1


def test_numbers_as_ids_meet_their_text(tmp_path):
    pd.DataFrame({"id": [3, 1], "lang": ["en", "de"]}).to_parquet(tmp_path / "items.parquet")
    assert read_items(tmp_path / "items.parquet").for_ids(np.array([1, 3]))["lang"].tolist() == ["de", "en"]


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"cohorts": ["lnag"]}, "no column 'lnag'; besides the id its columns are 'lang', 'year'"),
        ({"cohorts": ["lnag"]}, "did you mean 'lang'?"),
        ({"text": "body"}, "no column 'body'"),
        ({"text": "id"}, "no column 'id'"),
    ],
)
def test_missing_columns_are_named_with_those_there_are(path, options, rule):
    with pytest.raises(InputError) as caught:
        read_items(path, **options)
    assert rule in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("items.csv", b"id,a\nx,1\nx,2\n", "ids must be unique"),
        ("items.csv", b"id,a\nx,1\n,2\n", "row 1 is empty"),
        ("items.csv", b"id,a\nx,1,5\ny,2,6\n", "more values than its header"),
        ("items.csv", b"id,a\nx,1\ny,2,6\n", "cannot be read as a table"),
        ("items.csv", b"id,a\n\xff,1\n", "cannot be read as a table"),
        ("items.csv", b"\n", "cannot be read as a table"),
        ("items.csv", b"", "is empty"),
        ("items.parquet", b"PAR1PAR1", "cannot be read as a table"),
        ("items.xlsx", b"x", "must end in .csv, .tsv, .parquet"),
    ],
)
def test_unreadable_tables_are_one_sentence(tmp_path, name, content, rule):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_items(tmp_path / name)
    assert rule in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_table_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_items(tmp_path / "items.csv")


def test_a_table_of_ids_alone_has_no_cohorts(tmp_path):
    (tmp_path / "items.csv").write_text("id\na\nb\n")
    items = read_items(tmp_path / "items.csv")
    assert (items.cohorts, items.text, len(items.frame)) == ((), None, 2)
