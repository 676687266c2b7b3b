"""Public names of a package, each imported from its module when it is first used.

So `embdrift run --help` and a misspelt setting are answered before torch, numba or pandas could be loaded. A package
writes its imports below `if TYPE_CHECKING:`, where type checkers read them, and this module reads the same lines.
"""

import ast
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any


def lazy_names(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The functions `__getattr__` and `__dir__` of a package whose imports stand below `if TYPE_CHECKING:`.

    Args:
        package: its `__name__`
    """
    module = sys.modules[package]
    homes = _homes(Path(str(module.__file__)))

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(homes[name]), name)
        setattr(module, name, value)
        return value

    return get, lambda: sorted({*vars(module), *homes})


def _homes(file: Path) -> dict[str, str]:
    """Name -> module that holds it, from the imports of a package's `__init__.py`."""
    blocks = [node for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.If)]
    imports = [line for block in blocks for line in block.body if isinstance(line, ast.ImportFrom)]
    return {one.name: str(line.module) for line in imports for one in line.names}
