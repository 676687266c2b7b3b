"""Packages whose names load when they are first used."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import embdrift

SOURCE = Path(embdrift.__file__).parent
LAZY = sorted(file.parent.name for file in SOURCE.glob("*/__init__.py") if "lazy_names(" in file.read_text("utf-8"))


@pytest.mark.parametrize("name", LAZY)
def test_every_public_name_is_there_and_in_dir(name):
    package = import_module(f"embdrift.{name}")
    assert set(package.__all__) <= set(dir(package))
    assert all(getattr(package, one) is not None for one in package.__all__)


@pytest.mark.parametrize("name", LAZY)
def test_no_module_has_the_name_of_what_its_package_offers(name):
    """Importing the module would hide the function."""
    folder = SOURCE / name
    modules = {path.stem for path in folder.iterdir()}
    assert modules & set(import_module(f"embdrift.{name}").__all__) == set()


def test_a_name_loads_its_own_module_alone():
    code = "import sys; from embdrift.numerics import Cell; print('torch' in sys.modules, Cell.__module__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False embdrift.numerics.cells\n"


def test_a_name_that_there_is_not():
    with pytest.raises(AttributeError, match=r"module 'embdrift\.numerics' has no attribute 'nonesuch'"):
        import_module("embdrift.numerics").nonesuch  # noqa: B018
