"""What a run was made with: versions of packages, the code's commit, the machine."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

PACKAGES = (
    "embdrift", "torch", "numpy", "scipy", "numba", "pandas", "pyarrow", "h5py", "safetensors", "hydra-core",
    "matplotlib", "ir-measures", "faiss-cpu", "faiss-gpu", "faiss-gpu-cuvs", "sentence-transformers", "transformers",
    "tokenizers",
)  # fmt: skip


def package_versions() -> dict[str, str]:
    """Versions of the installed packages that figures can depend on."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def commit() -> tuple[str | None, bool | None]:
    """Commit of the checkout that embdrift runs from, and whether files differ from it; None outside a checkout."""
    folder = Path(__file__).parents[3]
    if not (folder / ".git").exists():
        return None, None
    head = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "status", "--porcelain")
    return (head or None), (None if changes is None else bool(changes))


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def device_facts(device: torch.device) -> dict[str, object]:
    """Kind and name of the device that searched, and the threads it could use."""
    on_gpu = device.type == "cuda"
    name = torch.cuda.get_device_name(device) if on_gpu else _processor() or platform.machine()
    return {"kind": device.type, "name": name, "threads": torch.get_num_threads()}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
