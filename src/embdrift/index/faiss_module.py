"""The only place that imports faiss: after torch, once, and only where exactly one of its packages is installed.

Both libraries bring their own OpenMP and CUDA runtimes; loading faiss first can crash the process on some systems.
"""

import sys
import warnings
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

import torch  # noqa: F401  before faiss: see above

from embdrift.errors import InputError

PACKAGES = ("faiss-cpu", "faiss-gpu", "faiss-gpu-cuvs")
"""Packages that all install the one module `faiss`, so that two of them overwrite each other's files."""


def faiss_packages() -> dict[str, str]:
    """Which faiss packages are installed, with their versions."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def require_one_faiss() -> None:
    """Check that faiss is installed, and from one package only; cheap enough for every start.

    Raises:
        InputError: when there is none, or several have overwritten each other, with the line that mends it
    """
    found = faiss_packages()
    if len(found) > 1:
        keep = [name for name in PACKAGES if name in found][-1]
        raise InputError(
            f"{' and '.join(found)} are both installed and overwrite each other's files; run"
            f" `{sys.executable} -m pip uninstall -y {' '.join(found)}` and then"
            f" `{sys.executable} -m pip install {keep}=={found[keep]}`"
        )


@cache
def load_faiss() -> Any:
    """The faiss module.

    Raises:
        InputError: when it is not installed, broken, or installed twice
    """
    require_one_faiss()
    with warnings.catch_warnings():
        # SWIG's own types make Python's import system complain, release after release.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            import faiss  # noqa: TID251  the one place
        except ModuleNotFoundError as error:
            raise InputError(
                "approximate indexes need faiss, which is not installed; install `embdrift[cpu]`, or `embdrift[gpu]`"
                " where there is an NVIDIA GPU"
            ) from error
        except (ImportError, RuntimeError) as error:
            raise InputError(
                f"faiss is installed but cannot be loaded ({error}); install `embdrift[cpu]` again"
            ) from error
    return _checked(faiss)


def _checked(module: ModuleType) -> ModuleType:
    if not hasattr(module, "index_factory"):
        raise InputError(
            f"the module `faiss` at {module.__file__} is not the library faiss; remove it and install `embdrift[cpu]`"
        )
    return module
