"""What is loaded before the command line answers: no heavy library for help, or for what is wrong with the settings."""

import json
import subprocess
import sys

import pytest

HEAVY = {"torch", "numpy", "numba", "pandas", "scipy", "pyarrow", "matplotlib", "faiss", "transformers", "filelock"}


def loaded_by(*words: str) -> set[str]:
    """Modules that a process holds once it has answered these words."""
    script = """
import contextlib, io, json, sys
from embdrift.cli.main import main
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    main(sys.argv[1:])
print(json.dumps([name for name in sys.modules if "." not in name]))
"""
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    "words",
    [
        ["run", "neighbor_shift", "kk=3"],
        ["run", "drift", "study.bin=3"],
        ["run", "ann_recall", "study.index.hnsw={}"],
        ["run", "precision", "precision@study=stor"],
        ["run", "quickstrat"],
        ["run", "neighbor_shift", "similarity=l3"],
        ["run", "neighbor_shift", "-m", "kk=3,4", "--gate", "strict"],
    ],
)
def test_a_wrong_setting_is_told_before_heavy_libraries_load(words):
    assert loaded_by(*words) & HEAVY == set()


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["run", "--help"], ["embed", "--help"]])
def test_help_needs_neither_heavy_libraries_nor_hydra(words):
    assert loaded_by(*words) & {*HEAVY, "hydra", "omegaconf"} == set()
