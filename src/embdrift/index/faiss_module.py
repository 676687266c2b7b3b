"""The only place that imports faiss: after torch, once, and only where exactly one of its packages is installed.

Both libraries bring their own OpenMP and CUDA runtimes; loading faiss first can crash the process on some systems.
"""

import sys
import warnings
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

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
    import torch  # noqa: F401  before faiss: see above

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


@dataclass(frozen=True)
class Capabilities:
    """What faiss was built with and what it finds.

    Args:
        version: of faiss
        packages: installed packages that provide it, with versions
        options: how it was compiled, such as instruction sets
        gpus: GPUs that its GPU indexes can use
        cagra: whether it has CAGRA, the graph index of cuVS
    """

    version: str
    packages: dict[str, str]
    options: str
    gpus: int
    cagra: bool


def capabilities() -> Capabilities:
    """Look at the installed faiss.

    Some GPU functions exist in builds without a GPU and fail when called, so only what is compiled in counts.

    Raises:
        InputError: when faiss is missing or installed twice
    """
    faiss = load_faiss()
    options = str(faiss.get_compile_options()).strip()
    built_for_gpu = "GPU" in options.split() and hasattr(faiss, "StandardGpuResources")
    return Capabilities(
        version=str(faiss.__version__),
        packages=faiss_packages(),
        options=options,
        gpus=int(faiss.get_num_gpus()) if built_for_gpu else 0,
        cagra=built_for_gpu and hasattr(faiss, "GpuIndexCagra"),
    )


def gpu_for(device: str) -> int | None:
    """The number of the GPU that indexes go to under a device setting; None for the CPU.

    Args:
        device: auto, cpu, cuda or cuda:N
    Raises:
        InputError: when a GPU is asked for that faiss cannot use
    """
    if device == "cpu":
        return None
    found = capabilities().gpus
    if device == "auto":
        return 0 if found else None
    number = int(device.partition(":")[2] or 0)
    if number >= found:
        raise InputError(
            f"device {device} cannot be used by faiss: it sees {found} GPUs; install `embdrift[gpu]`, or set device=cpu"
        )
    return number
