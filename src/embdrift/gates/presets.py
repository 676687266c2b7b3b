"""The gates that come with embdrift."""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
# A wheel carries configs/ inside the package; a checkout has it at the top.
_ROOT = _PACKAGE if (_PACKAGE / "configs").is_dir() else _PACKAGE.parents[1]
FOLDER = _ROOT / "configs" / "gate"
DEFAULT = "default"


def preset_names() -> list[str]:
    """Names of the presets, the default first."""
    names = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    return sorted(names, key=lambda name: name != DEFAULT)
