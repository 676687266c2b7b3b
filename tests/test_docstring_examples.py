"""The examples in docstrings: they run, and every public metric has one."""

import doctest
import inspect
from importlib import import_module
from pkgutil import walk_packages

import pytest

import embdrift.metrics

WALKED = walk_packages(embdrift.metrics.__path__, "embdrift.metrics.")
MODULES = sorted(module.name for module in WALKED if not module.name.endswith("__main__"))
FUNCTIONS = [name for name in embdrift.metrics.__all__ if inspect.isfunction(getattr(embdrift.metrics, name))]


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_say(name):
    found = doctest.testmod(import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.failed == 0


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_metric_has_an_example(name):
    assert ">>> " in inspect.getdoc(getattr(embdrift.metrics, name))
