"""The benchmark of a GPU, tried without one: it must not fail there for a reason that can be found here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cuda_cases import CPU

from embdrift.search.cuda import kernels_for, plain

SOURCES = Path(__file__).parents[2] / "src"
BLOCKER = """
import sys

# What a bare GPU machine lacks: everything that embdrift needs but torch, Triton, numpy and pytest.
MISSING = (
    "numba", "llvmlite", "pandas", "pyarrow", "scipy", "sklearn", "hydra", "omegaconf", "matplotlib", "rich", "jinja2",
    "h5py", "safetensors", "filelock", "ir_measures", "prometheus_client", "yaml", "faiss", "hypothesis",
)


class Bare:
    def __init__(self, finders):
        self.finders = finders

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in MISSING:
            return None
        found = (finder.find_spec(name, path, target) for finder in self.finders)
        return next((spec for spec in found if spec is not None), None)


sys.meta_path[:] = [Bare(sys.meta_path[:])]
"""


def run(folder, *arguments):
    """The exit status of the benchmark where only torch, Triton, numpy and pytest can be imported, and what it said."""
    (folder / "sitecustomize.py").write_text(BLOCKER)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "EMBDRIFT"))}
    environment["PYTHONPATH"] = os.pathsep.join([str(folder), str(SOURCES)])
    command = [sys.executable, "-m", "embdrift.bench", "exact", "--device", "cuda", *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_every_step_runs_without_a_gpu_on_a_bare_machine(tmp_path):
    path = tmp_path / "folder/found.json"
    interpreted = kernels_for(CPU) is not plain
    # The tests have been interpreted already where they can be.
    status, said = run(tmp_path, "--dry", "--json", path, *(["--without-tests"] if interpreted else []))
    assert status == 0, said
    found = json.loads(path.read_text())
    assert found["errors"] == {}
    assert found["machine"]["numba"] is None
    assert interpreted or found["tests"]["passed"]
    assert all(rate["gflops"] >= 0 for rate in found["configurations"])
    assert {"kernel", "calls", "ms"} == set(found["profile"][0])
    assert (
        found["dense"]["certificate"]["rows"]
        == found["warm_start"]["warm"]["certificate"]["rows"]
        == found["dense"]["n"]
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
    status, said = run(tmp_path, "--json", tmp_path / "found.json")
    assert status == 2
    assert "needs an NVIDIA GPU, and torch finds none; --dry tries the steps" in said
