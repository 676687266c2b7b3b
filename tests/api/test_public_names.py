"""The package's public names: listed, importable, loaded only when they are used."""

import json
import subprocess
import sys
from importlib import import_module

import pytest

import embdrift

PACKAGES = ["api", "cache", "config", "data", "embed", "gates", "metrics", "report", "results", "search", "studies"]


def test_the_names_of_the_package():
    assert embdrift.__all__ == ["EmbeddingSet", "Neighbors", "Similarity", "exact_search", "open_run", "read", "run"]
    assert set(embdrift.__all__) <= set(dir(embdrift))
    for name in embdrift.__all__:
        assert getattr(embdrift, name).__doc__


def test_a_name_that_there_is_not():
    with pytest.raises(AttributeError, match="module 'embdrift' has no attribute 'nonesuch'"):
        embdrift.nonesuch  # noqa: B018


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_lists_its_names_and_each_is_there(name):
    package = import_module(f"embdrift.{name}")
    assert package.__all__ == sorted(package.__all__, key=lambda one: (not one.isupper(), not one[0].isupper(), one))
    for one in package.__all__:
        assert hasattr(package, one)


def test_heavy_libraries_wait_until_they_are_used():
    """`embdrift --help`, of every command, and `import embdrift` answer before torch could be loaded."""
    script = """
import contextlib, io, json, sys
import embdrift
from embdrift.cli.main import COMMANDS, main
for words in [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)]:
    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
        main(words)
heavy = ("torch", "numpy", "numba", "pandas", "pyarrow", "hydra", "matplotlib", "transformers")
print(json.dumps([name for name in heavy if name in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
