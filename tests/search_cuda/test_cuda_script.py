"""The script that tests and measures on a GPU, tried without one: it must not fail there for a reason found here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cuda_cases import CPU

from embdrift.search.cuda import kernels_for, plain

SCRIPT = Path(__file__).parents[2] / "scripts/gpu"


def run(*arguments):
    """The script's exit status and what it said."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "EMBDRIFT"))}
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_every_step_runs_without_a_gpu_and_without_numba(tmp_path):
    path = tmp_path / "folder/found.json"
    interpreted = kernels_for(CPU) is not plain
    # The tests have been interpreted already where they can be.
    status, said = run("--dry", "--json", path, *(["--without-tests"] if interpreted else []))
    assert status == 0, said
    found = json.loads(path.read_text())
    assert found["errors"] == {}
    assert found["machine"]["numba"] == "missing"
    assert interpreted or found["tests"]["passed"]
    assert all(rate["gflops"] >= 0 for rate in found["configurations"])
    assert {"kernel", "calls", "ms"} == set(found["profile"][0])
    assert (
        found["crowd"]["certificate"]["rows"] == found["seeded"]["seeded"]["certificate"]["rows"] == found["crowd"]["n"]
    )
    ours = [entry for entry in found["systems"] if entry["system"] == "embdrift"]
    assert [entry["certified_rows"] for entry in ours] == [entry["n"] for entry in ours] == [500, 300]
    assert {entry["agrees_with_float64"] for entry in ours} == {1.0}
    assert {"torch float32", "torch float16", "torch bfloat16"} <= {entry["system"] for entry in found["systems"]}
    assert ours[0]["certificate"]["arithmetic"] == kernels_for(CPU).ARITHMETIC


def test_without_a_gpu_it_says_what_it_needs(tmp_path):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    status, said = run("--json", tmp_path / "found.json")
    assert status == 1
    assert "needs an NVIDIA GPU, and torch finds none; --dry tries the script itself" in said
