"""Configs never run code: what Hydra's own settings may name."""

from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig, OmegaConf

from embdrift.errors import InputError

_PLUGINS = ("hydra._internal.core_plugins.", "hydra_plugins.")
_LOGGING = ("logging.", "colorlog.")


def require_no_code(settings: DictConfig) -> None:
    """Make sure that Hydra's settings name nothing to import but Hydra's plugins and the usual log handlers.

    Hydra makes objects of what `hydra.launcher`, `hydra.sweeper` and `hydra.callbacks` name, and an experiment may set
    these.

    Raises:
        InputError: when anything else is named
    """
    for key, name in _named(OmegaConf.to_container(settings, resolve=False), "hydra"):
        allowed = _LOGGING if key.endswith(".class") else _PLUGINS
        if key.endswith(".()") or not str(name).startswith(allowed):
            raise InputError(f"{key} names code to run, {str(name)!r}, and a config may not: leave it away")


def _named(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from _named(one, f"{key}.{number}")
    if isinstance(value, dict):
        for name, one in value.items():
            if name in ("_target_", "class", "()"):
                yield f"{key}.{name}", one
            yield from _named(one, f"{key}.{name}")
