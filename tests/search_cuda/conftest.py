"""Without a GPU, Triton interprets its kernels; `EMBDRIFT_NO_SKIPS=1` turns a skipped test into a failure."""

import os
from importlib.util import find_spec

import torch

# These tests need an environment of their own: Triton 3.6 and, where it interprets, numpy below 2.4.
collect_ignore_glob = ["test_*.py"] if find_spec("triton") is None else []

if not torch.cuda.is_available():
    # Before anything defines a kernel: Triton looks only then.
    os.environ.setdefault("TRITON_INTERPRET", "1")


def pytest_configure(config):
    # Triton 3.6's interpreter, on numpy below 2.4.
    config.addinivalue_line("filterwarnings", "ignore:Conversion of an array with ndim:DeprecationWarning")


def pytest_sessionfinish(session):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("EMBDRIFT_NO_SKIPS") == "1" and reporter.stats.get("skipped"):
        session.exitstatus = 1
