"""Carriage returns in a table of a run folder."""

import pandas as pd
import pytest

from embdrift.results import write_csv


@pytest.mark.parametrize("text", ["a\rb", "\r", "a\r\nb", 'a"\r', "plain"])
def test_a_carriage_return_in_a_cell_ends_no_line(tmp_path, text):
    frame = pd.DataFrame({"cohort": [text, "other"], "value": [1.5, float("nan")], "k": pd.array([1, None], "Int64")})
    write_csv(tmp_path / "table.csv", frame)
    read = pd.read_csv(
        tmp_path / "table.csv", dtype={"k": "Int64"}, keep_default_na=False, na_values={"value": "", "k": ""}
    )
    pd.testing.assert_frame_equal(read, frame, check_dtype=False)


def test_a_table_without_carriage_returns_is_written_as_before(tmp_path):
    write_csv(tmp_path / "table.csv", pd.DataFrame({"a": ["x,y", "z"], "v": [1.0, 2.0]}))
    assert (tmp_path / "table.csv").read_text("utf-8") == 'a,v\n"x,y",1.0\nz,2.0\n'
