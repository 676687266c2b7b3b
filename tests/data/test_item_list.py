"""Which items should be found, how old they are, and which were removed."""

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from embdrift.data import documents_of, item_list, read_items
from embdrift.data.timestamps import as_second, as_seconds, iso
from embdrift.errors import InputError

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
