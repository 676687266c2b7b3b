"""Where configs and experiments are found: in a checkout, in an editable install and in a wheel."""

from pathlib import Path

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.plugins import Plugins
from hydra.plugins.search_path_plugin import SearchPathPlugin

_PACKAGE = Path(__file__).parents[1]
# A wheel carries configs/ and experiments/ inside the package; a checkout has them at the top.
ROOT = _PACKAGE if (_PACKAGE / "configs").is_dir() else _PACKAGE.parents[1]
CONFIGS = ROOT / "configs"

EXPERIMENT_ROOTS: list[Path] = []
"""Folders that hold a folder `experiments` of the user's own; searched before embdrift's."""


class ExperimentsSearchPath(SearchPathPlugin):
    """Let `experiments=NAME` find a user's own experiments, then embdrift's, from any directory."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Append the folders that experiments are looked for in."""
        for root in [*EXPERIMENT_ROOTS, ROOT]:
            search_path.append(provider="embdrift", path=f"file://{root}")


def register_search_path() -> None:
    """Make Hydra look for experiments; safe to call again."""
    if ExperimentsSearchPath not in Plugins.instance().discover(SearchPathPlugin):
        Plugins.instance().register(ExperimentsSearchPath)
