import json

import pandas as pd
import pytest

from embdrift.errors import InputError
from embdrift.results import SavedRun
from embdrift.tables import DISPLACEMENT, HUBNESS, MOST_MOVED, OVERLAP_CURVE, OVERLAP_PER_QUERY, SCORES

TABLES = (OVERLAP_CURVE, DISPLACEMENT, HUBNESS, SCORES, MOST_MOVED)


def test_a_whole_run_is_read_with_the_types_of_its_columns(run_folder):
    run = SavedRun(run_folder)
    assert run.record.candidates == ("bf16", "maxlen32", "cls")
    assert run.record.device.threads == 2
    assert run.scopes == ("queries", "corpus")
    assert run.rows(SCORES)["kept"].dtype == bool
    assert run.summary["value"].dtype == "float64"
    assert run.rows(MOST_MOVED)["shared"].any()


def test_a_folder_that_is_none_is_said_to_be_none(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        SavedRun(tmp_path / "nowhere")


def test_a_folder_of_something_else_is_no_run_folder(tmp_path):
    (tmp_path / "note.txt").write_text("hello")
    with pytest.raises(InputError, match="not a run folder"):
        SavedRun(tmp_path)


def test_a_run_without_its_record_is_never_taken_for_whole(run_copy):
    (run_copy / "record.json").unlink()
    with pytest.raises(InputError, match="not whole"):
        SavedRun(run_copy)


def test_a_run_that_lost_its_summary_is_refused(run_copy):
    (run_copy / "summary.csv").unlink()
    with pytest.raises(InputError, match=r"lost it; run again"):
        SavedRun(run_copy)


@pytest.mark.parametrize("found", [3, 0, None, "1"])
def test_a_record_of_another_format_asks_for_another_embdrift(run_copy, found):
    change_record(run_copy, format_version=found)
    with pytest.raises(InputError, match=f"up to format 2, got {found!r}"):
        SavedRun(run_copy)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "JSON object, got list"),
        ('{"format_version": 1}', "has the key 'name'"),
    ],
)
def test_a_record_that_is_none_is_refused_in_one_sentence(run_copy, text, message):
    (run_copy / "record.json").write_text(text)
    with pytest.raises(InputError, match=message):
        SavedRun(run_copy)


def test_a_value_of_the_wrong_kind_in_the_record_is_refused(run_copy):
    change_record(run_copy, k="ten")
    with pytest.raises(InputError, match="not of the kind that format 1 holds"):
        SavedRun(run_copy)


@pytest.mark.parametrize("columns", TABLES, ids=lambda columns: columns.table)
def test_a_missing_or_empty_table_has_no_rows(run_copy, columns):
    (run_copy / "tables" / f"{columns.table}.csv").unlink()
    assert SavedRun(run_copy).rows(columns).empty
    (run_copy / "tables" / f"{columns.table}.csv").write_text("")
    assert list(SavedRun(run_copy).rows(columns).columns) == list(columns.names)


def test_missing_values_per_query_have_no_rows(run_copy):
    (run_copy / "per_query.parquet").unlink()
    assert list(SavedRun(run_copy).overlap_per_query.columns) == list(OVERLAP_PER_QUERY.names)


def test_values_per_query_that_are_not_parquet_are_refused(run_copy):
    (run_copy / "per_query.parquet").write_bytes(b"no parquet")
    with pytest.raises(InputError, match="cannot be read as per-query values"):
        len(SavedRun(run_copy).overlap_per_query)


def test_a_table_without_a_column_and_one_with_words_for_numbers_are_refused(run_copy):
    path = run_copy / "tables" / "curve.csv"
    frame = pd.read_csv(path)
    frame.drop(columns="overlap").to_csv(path, index=False)
    with pytest.raises(InputError, match=r"curve\.csv: cannot be read as a table"):
        SavedRun(run_copy).rows(OVERLAP_CURVE)
    frame.assign(overlap="much").to_csv(path, index=False)
    with pytest.raises(InputError, match=r"curve\.csv: cannot be read as a table"):
        SavedRun(run_copy).rows(OVERLAP_CURVE)


def test_a_candidate_named_nan_keeps_its_name(run_copy):
    path = run_copy / "tables" / "curve.csv"
    pd.read_csv(path).assign(candidate="nan").to_csv(path, index=False)
    assert set(SavedRun(run_copy).rows(OVERLAP_CURVE)["candidate"]) == {"nan"}


def test_texts_stay_out_where_the_run_keeps_them_out(run_copy):
    change_record(run_copy, texts=False)
    moved = SavedRun(run_copy).rows(MOST_MOVED)
    assert set(moved["item_text"]) | set(moved["neighbor_text"]) == {""}


def change_record(folder, **values):
    path = folder / "record.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))
