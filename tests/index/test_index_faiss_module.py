import re
import subprocess
import sys
from pathlib import Path

import pytest

import embdrift.index.faiss_module as module
from embdrift.errors import InputError
from embdrift.index import capabilities, load_faiss
from embdrift.index.faiss_module import gpu_for

SOURCE = Path(module.__file__).parents[1]
SEARCH = (
    "index = faiss.index_factory(4, 'IVF2,Flat'); x = np.eye(4, dtype='f').repeat(9, 0); index.train(x); index.add(x);"
)
SEARCH += (
    "assert index.search(x, 2)[1].shape == (36, 2); assert float((torch.ones(64, 64) @ torch.ones(64, 64)).sum()) > 0"
)
OURS = "from embdrift.index import load_faiss; faiss = load_faiss()"


@pytest.fixture
def fresh_load():
    load_faiss.cache_clear()
    yield
    load_faiss.cache_clear()


@pytest.mark.parametrize(
    "order",
    [
        f"import torch; {OURS}; {SEARCH}",
        f"{OURS}; import torch; {SEARCH}",
        f"import faiss; {OURS}; import torch; {SEARCH}",
    ],
)
def test_every_order_of_imports_works(order):
    done = subprocess.run(
        [sys.executable, "-c", f"import numpy as np; {order}"],
        env={"PYTHONPATH": str(SOURCE.parent), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_torch_is_loaded_before_faiss():
    check = "import sys; from embdrift.index import load_faiss; load_faiss(); loaded = list(sys.modules)"
    check += "; assert loaded.index('torch') < loaded.index('faiss')"
    done = subprocess.run(
        [sys.executable, "-c", check],
        env={"PYTHONPATH": str(SOURCE.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_faiss_is_imported_in_one_module_only():
    importing = [
        path for path in SOURCE.rglob("*.py") if re.search(r"^\s*(import|from) faiss\b", path.read_text(), re.MULTILINE)
    ]
    assert importing == [Path(module.__file__)]


def test_two_packages_of_faiss_are_noticed_with_the_line_that_mends_it(monkeypatch, fresh_load):
    monkeypatch.setattr(module, "faiss_packages", lambda: {"faiss-cpu": "1.15.1", "faiss-gpu": "1.15.1"})
    with pytest.raises(InputError, match=r"pip uninstall -y faiss-cpu faiss-gpu.*pip install faiss-gpu==1\.15\.1"):
        load_faiss()


def test_a_missing_faiss_names_the_extra(monkeypatch, fresh_load):
    monkeypatch.setattr(module, "faiss_packages", dict)
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(InputError, match=r"install `embdrift\[cpu\]`, or `embdrift\[gpu\]`"):
        load_faiss()


def test_something_else_called_faiss_is_noticed(monkeypatch, fresh_load):
    monkeypatch.setitem(sys.modules, "faiss", sys)
    monkeypatch.setattr(sys, "__file__", "elsewhere.py", raising=False)
    with pytest.raises(InputError, match="is not the library faiss"):
        load_faiss()


def test_a_gpu_that_is_not_there_is_refused_and_auto_takes_the_cpu():
    if capabilities().gpus:
        pytest.skip("there is a GPU")
    assert gpu_for("auto") is None
    assert gpu_for("cpu") is None
    with pytest.raises(InputError, match="set device=cpu"):
        gpu_for("cuda")
