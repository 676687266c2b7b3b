import argparse
import json

import numpy as np
import pytest

from embdrift.cli.check import add_arguments, run
from embdrift.errors import InputError


def check(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args([str(argument) for argument in arguments]))


@pytest.fixture
def folder(tmp_path):
    random = np.random.default_rng(0)
    np.save(tmp_path / "old.npy", random.random((4, 3), np.float32))
    np.save(tmp_path / "new.npy", random.random((4, 2)))
    (tmp_path / "old.ids.json").write_text(json.dumps(["a", "b", "c", "d"]))
    (tmp_path / "new.ids.json").write_text(json.dumps(["b", "c", "d", "e"]))
    return tmp_path


def test_a_good_file_is_shown_and_exits_0(folder, capsys):
    assert check(folder / "old.npy") == 0
    out = capsys.readouterr().out
    assert "4 x 3, float32" in out
    assert "nothing is wrong with this file" in out
    assert "WRONG" not in out


def test_two_files_are_held_against_each_other(folder, capsys):
    assert check(folder / "old.npy", folder / "new.npy") == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert "3 ids shared, 1 only in the first, 1 only in the second" in last
    assert last.endswith("dimension 3 and 2, float32 and float64")


def test_a_bad_file_exits_2_and_the_next_is_still_looked_at(folder, capsys):
    np.save(folder / "bad.npy", np.array([[np.nan, 1.0]]))
    assert check(folder / "none.npy", folder / "bad.npy", folder / "old.npy") == 2
    out = capsys.readouterr().out
    assert "does not exist" in out
    assert "1 of 1 vectors hold NaN or infinite values: row 0 dimension 0" in out
    assert "4 x 3, float32" in out


def test_duplicate_ids_exit_2(folder, capsys):
    (folder / "old.ids.json").write_text(json.dumps(["a", "b", "a", "d"]))
    assert check(folder / "old.npy") == 2
    assert "'a' in rows 0 and 2" in capsys.readouterr().out


def test_files_that_cannot_be_joined_say_so_and_are_fine_by_themselves(folder, capsys):
    (folder / "new.ids.json").write_text(json.dumps([1, 2, 3, 4]))
    assert check(folder / "old.npy", folder / "new.npy") == 0
    assert "share no id" in capsys.readouterr().out


def test_files_without_ids_share_row_numbers(folder, capsys):
    (folder / "old.ids.json").unlink()
    (folder / "new.ids.json").unlink()
    assert check(folder / "old.npy", folder / "new.npy") == 0
    assert "4 row numbers shared" in capsys.readouterr().out


def test_ids_are_given_once_for_all_or_once_for_each(folder, capsys):
    (folder / "ids.txt").write_text("w\nx\ny\nz\n")
    assert check(folder / "old.npy", folder / "new.npy", "--ids", folder / "ids.txt") == 0
    assert "4 ids shared" in capsys.readouterr().out
    both = ("--ids", folder / "ids.txt", "--ids", folder / "new.ids.json")
    assert check(folder / "old.npy", folder / "new.npy", *both) == 0
    assert "share no id" in capsys.readouterr().out
    with pytest.raises(InputError, match="--ids must be given once or once for each of 1 files, got 2"):
        check(folder / "old.npy", *both)


def test_column_chooses_the_array(folder, capsys):
    np.savez(folder / "v.npz", a=np.ones((2, 3)), b=np.ones((5, 4)))
    assert check(folder / "v.npz") == 2
    assert check(folder / "v.npz", "--column", "b") == 0
    assert "5 x 4, float64, from 'b'" in capsys.readouterr().out
