"""The command as its own process: signals, pipes, other encodings. Each test waits for an interpreter to start."""

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and pipes of POSIX")

COMMAND = [sys.executable, "-c", "import sys; from embdrift.cli.main import main; sys.exit(main())"]

# Runs the command with small blocks, and kills itself when so many are on disk.
KILLED = """
import os, signal, sys
import embdrift.cache.tables as tables
from embdrift.cli.main import main
# A shell that starts the tests in the background has them ignore Ctrl-C, and Python would go along with that.
signal.signal(signal.SIGINT, signal.default_int_handler)
blocks, left = tables.exact_blocks, [int(sys.argv.pop(1))]
def some(*rest, **more):
    for block in blocks(*rest, **(more | {"block_queries": 100})):
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        yield block
tables.exact_blocks = some
sys.exit(main())
"""


@pytest.fixture
def files(here):
    random = np.random.default_rng(0)
    old = random.standard_normal((400, 8)).astype(np.float32)
    np.save(here / "old.npy", old)
    np.save(here / "new.npy", old + random.standard_normal(old.shape).astype(np.float32))
    return ["run", "neighbor_shift", "--reference", "old.npy", "--candidate", "new=new.npy"]


def embdrift(*words, **more):
    return subprocess.run([*COMMAND, *words], capture_output=True, check=False, **more)


def contents(*folders: Path) -> dict[str, str]:
    files = [(folder, path) for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder, path in files
        if path.suffix in (".npy", ".csv", ".parquet")
    }


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(files, here, tmp_path, monkeypatch):
    monkeypatch.setenv("EMBDRIFT_CACHE", str(tmp_path / "whole"))
    assert embdrift(*files, "--out", "whole").returncode == 0
    monkeypatch.setenv("EMBDRIFT_CACHE", str(tmp_path / "killed"))
    for blocks in (3, 6):
        killed = subprocess.run([sys.executable, "-c", KILLED, str(blocks), *files, "--out", "killed"], check=False)
        assert killed.returncode == -signal.SIGKILL
        assert not (here / "killed").exists()
    again = embdrift(*files, "--out", "killed")
    assert again.returncode == 0
    assert b"going on at" in again.stderr
    whole = contents(here / "whole", tmp_path / "whole")
    assert len(whole) > 10
    assert contents(here / "killed", tmp_path / "killed") == whole


def test_ctrl_c_is_one_sentence_and_exit_code_130(files):
    script = KILLED.replace("signal.SIGKILL", "signal.SIGINT")
    stopped = subprocess.run([sys.executable, "-c", script, "2", *files], capture_output=True, check=False)
    assert stopped.returncode == 130
    assert stopped.stderr.decode().splitlines()[-1] == (
        "embdrift: stopped; finished work is kept, run the same command again to go on"
    )
    assert b"Traceback" not in stopped.stderr


def test_letters_that_the_terminal_lacks_are_written_as_escapes(files, here):
    (here / "ü☃").mkdir()
    (here / "new.npy").rename(here / "ü☃" / "néw.npy")
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = embdrift("check", "ü☃/néw.npy", "missing☃.npy", env=ascii_only)
    assert done.returncode == 2
    assert rb"\xfc\u2603/n\xe9w.npy" in done.stdout
    assert rb"missing\u2603.npy" in done.stdout
    assert done.stderr == b""


@pytest.mark.parametrize("words", [["check", "old.npy"], ["cache", "list"]])
def test_a_reader_who_has_gone_is_no_reason_to_complain(files, words):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*COMMAND, *words], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_one_sentence(files):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*COMMAND, "check", "old.npy"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(b"embdrift: the system refused to go on: [Errno 28]")
    assert done.stderr.count(b"\n") == 1
