"""What the installed faiss can do on this machine."""

from dataclasses import dataclass

from embdrift.errors import InputError
from embdrift.index.faiss_module import faiss_packages, load_faiss


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
