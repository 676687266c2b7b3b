from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from embdrift.data import documents_of, item_list, read_items
from embdrift.data.items import as_second, as_seconds, iso
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


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["2026-03-01T12:00:00", None], dtype="string"),
        pd.Series(["2026-03-01T14:00:00+02:00", None]),
        pd.Series([datetime(2026, 3, 1, 12), pd.NaT]),
        pd.Series(pd.to_datetime(["2026-03-01T12:00Z", None])),
        pd.Series([NOON, None], dtype="Float64"),
        pd.Series([int(NOON), None], dtype="Int64"),
        pd.Series([int(NOON) * 1000, None], dtype="Int64"),
        pd.Series([int(NOON) * 10**6, None], dtype="Int64"),
        pd.Series([int(NOON) * 10**9, None], dtype="Int64"),
    ],
)
def test_every_way_to_write_a_time_gives_the_same_seconds(column):
    found = as_seconds(column, "x")
    assert found[0] == NOON
    assert np.isnan(found[1])


def test_days_of_parquet_are_midnights():
    assert as_seconds(pd.Series([date(2026, 3, 1)], dtype=object), "x")[0] == NOON - 12 * 3600


def test_iso_gives_back_what_was_read():
    assert iso(as_second("2026-03-01T12:00:00Z", "x")) == "2026-03-01T12:00:00Z"
    assert as_second(str(int(NOON)), "x") == as_second("2026-03-01 12:00", "x") == NOON
    assert iso(float("nan")) == ""


@pytest.mark.parametrize(
    ("column", "rule"),
    [
        (["2026-03-01", "yesterday"], "row 1: must be an ISO date or seconds since 1970, got 'yesterday'"),
        ([None, None], "holds no timestamp"),
        ([True, False], "got booleans"),
    ],
)
def test_what_is_no_time_is_refused(column, rule):
    with pytest.raises(InputError, match=rule):
        as_seconds(pd.Series(column).convert_dtypes(), "items.csv, column 'when'")


@pytest.fixture
def items(tmp_path):
    """Four items, one of them removed; one without a time, one without a document."""
    table = pd.DataFrame(
        {
            "id": ["a", "b", "c", "d"],
            "when": ["2026-01-01", "2026-01-03", None, "2026-01-05"],
            "removed": [False, False, False, True],
            "doc": ["x", "x", None, "y"],
            "lang": ["en", "de", None, "de"],
        }
    )
    table.to_csv(tmp_path / "items.csv", index=False)
    return read_items(tmp_path / "items.csv", other=["when", "doc"])


def test_removed_rows_and_removed_ids_are_not_on_the_list(items, tmp_path):
    (tmp_path / "gone.txt").write_text("b\nnever heard of\n")
    listed = item_list(items, removed=tmp_path / "gone.txt")
    assert listed.ids.tolist() == ["a", "c"]
    assert listed.removed.tolist() == ["b", "d", "never heard of"]
    assert listed.seconds is None
    assert listed.cohorts["lang"].tolist() == ["en", ""]


def test_ages_count_from_the_newest_timestamp_unless_a_time_is_set(items):
    listed = item_list(items, timestamp="when")
    assert (iso(listed.as_of), listed.as_of_is) == ("2026-01-05T00:00:00Z", "the newest timestamp")
    assert [iso(one) for one in listed.seconds] == ["2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z", ""]
    listed = item_list(items, timestamp="when", as_of="2026-02-01")
    assert (iso(listed.as_of), listed.as_of_is) == ("2026-02-01T00:00:00Z", "as set")


def test_a_file_of_removed_ids_needs_no_table_and_nothing_is_no_list(tmp_path):
    (tmp_path / "gone.json").write_text('[3, "x", 3]')
    assert item_list(None, removed=tmp_path / "gone.json").removed.tolist() == ["3", "x"]
    assert item_list(None) is None


def test_columns_of_times_documents_and_removal_are_no_groups(items):
    assert items.cohorts == ("lang",)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"timestamp": "wen"}, "no column 'wen'; it has 'when', 'removed', 'doc', 'lang'; did you mean 'when'?"),
        ({"timestamp": "lang"}, "column 'lang', row 0: must be an ISO date"),
        ({"as_of": "2026-01-01"}, "name the column of timestamps with dataset.timestamp"),
        ({"timestamp": "when", "as_of": "soon"}, "dataset.as_of, row 0: must be an ISO date"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(items, options, rule):
    with pytest.raises(InputError) as caught:
        item_list(items, **options)
    assert rule in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_timestamp_needs_a_table():
    with pytest.raises(InputError, match="give --items FILE too"):
        item_list(None, timestamp="when")


def test_documents_are_those_of_the_column(items):
    assert documents_of(items, "doc") == {"a": "x", "b": "x", "d": "y"}
    with pytest.raises(InputError, match=r"no column 'dok'.*did you mean 'doc'"):
        documents_of(items, "dok")
    with pytest.raises(InputError, match="give --items FILE too"):
        documents_of(None, "doc")
