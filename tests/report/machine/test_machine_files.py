"""Writing all files that machines read."""

import pytest
from judged_run import every_outcome, write_run

from embdrift.errors import InputError
from embdrift.report.machine import write_machine_files
from embdrift.results import SavedRun


def test_three_files_are_written_into_the_run_folder(tmp_path):
    found = every_outcome()
    folder = write_run(tmp_path / "run", found)
    paths = write_machine_files(SavedRun(folder), found)
    assert [path.relative_to(folder).name for path in paths] == ["junit.xml", "verdict.md", "metrics.prom"]
    assert all(path.stat().st_size for path in paths)
    assert not list(folder.glob("*.tmp"))


def test_they_are_the_same_bytes_each_time(tmp_path):
    found = every_outcome()
    folder = write_run(tmp_path / "run", found)
    first = [path.read_bytes() for path in write_machine_files(SavedRun(folder), found)]
    assert [path.read_bytes() for path in write_machine_files(SavedRun(folder), found)] == first


def test_a_run_that_is_not_whole_is_refused_and_nothing_is_written(tmp_path):
    found = every_outcome()
    folder = write_run(tmp_path / "run", found)
    (folder / "record.json").unlink()
    with pytest.raises(InputError, match="the run is not whole"):
        write_machine_files(SavedRun(folder), found)
    assert not (folder / "junit.xml").exists()


def test_the_number_of_series_can_be_capped(tmp_path):
    found = every_outcome()
    folder = write_run(tmp_path / "run", found)
    write_machine_files(SavedRun(folder), found, series_limit=50)
    text = (folder / "metrics.prom").read_text("utf-8")
    # the cap is on what the run holds; the three series that tell what was left out come on top
    assert sum(not line.startswith("#") for line in text.splitlines()) <= 53
