"""Without a GPU, Triton interprets its kernels; `EMBDRIFT_NO_SKIPS=1` turns a skipped test into a failure."""

import os
from importlib.util import find_spec

import numpy as np
import torch

_OLD_NUMPY = tuple(map(int, np.__version__.split(".")[:2])) < (2, 4)
INTERPRETS = find_spec("triton") is not None and _OLD_NUMPY and not torch.cuda.is_available()
NO_SKIPS = os.environ.get("EMBDRIFT_NO_SKIPS") == "1"

# The first need an environment of their own, which scripts/test makes: Triton 3.6 and numpy below 2.4. The second is
# tried where its plain way takes seconds. All other tests are of what Triton and plain torch share, and run in both.
_NEED_TRITON = ["test_cuda_kernels.py", "test_cuda_compile.py", "test_cuda_selftest.py"]
_NEED_NONE = ["test_cuda_script.py"]
collect_ignore = _NEED_NONE if INTERPRETS or NO_SKIPS else _NEED_TRITON

if INTERPRETS:
    # Before anything defines a kernel: Triton looks only then.
    os.environ.setdefault("TRITON_INTERPRET", "1")


def pytest_configure(config):
    # Triton 3.6's interpreter, on numpy below 2.4.
    config.addinivalue_line("filterwarnings", "ignore:Conversion of an array with ndim:DeprecationWarning")


def pytest_sessionfinish(session):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    # Processes of pytest-xdist report to the first one, and have no reporter.
    if NO_SKIPS and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = 1
