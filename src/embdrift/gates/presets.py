"""The gates that come with embdrift."""

from embdrift.files import CONFIGS

FOLDER = CONFIGS / "gate"
DEFAULT = "default"


def preset_names() -> list[str]:
    """Names of the presets, the default first."""
    names = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    return sorted(names, key=lambda name: name != DEFAULT)
