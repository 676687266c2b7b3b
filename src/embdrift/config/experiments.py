"""Experiments of embdrift and of the user's own: made known to Hydra, and looked at before Hydra does."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from embdrift.config.complaints import no_experiment, sentence, yaml_sentence
from embdrift.config.composing import compose_config
from embdrift.config.names import EXPERIMENT_ROOTS, experiment_files
from embdrift.config.overrides import override
from embdrift.errors import InputError
from embdrift.files import ROOT

PACKAGE_LINE = "# @package _global_"


@contextmanager
def chosen_experiment(name: str, *, folder: Path | None = None) -> Iterator[str]:
    """Make an experiment known for a while.

    Args:
        name: a .yaml file, or the name of one in `folder`, in `experiments` of the current directory, or in embdrift
        folder: where to look first
    Yields:
        the override that chooses it
    Raises:
        InputError: when there is no such experiment, or its file is none
    """
    before = list(EXPERIMENT_ROOTS)
    with tempfile.TemporaryDirectory(prefix="embdrift-") as scratch:
        try:
            EXPERIMENT_ROOTS[:] = _roots(name, folder, Path(scratch))
            name = Path(name).stem if name.endswith(".yaml") else name
            found = experiment_files().get(name)
            if found is None:
                raise InputError(_none(name))
            if not found.is_relative_to(ROOT):
                _require_experiment(found, name)
            yield override("experiments", name)
        finally:
            EXPERIMENT_ROOTS[:] = before


def _roots(name: str, folder: Path | None, scratch: Path) -> list[Path]:
    if name.endswith(".yaml"):
        file = Path(name).expanduser()
        if not file.is_file():
            raise InputError(no_experiment_file(file))
        return [_root_of(file.parent, scratch)]
    if folder is not None and not folder.is_dir():
        raise InputError(f"--experiments must be a folder of .yaml files, and {folder} is none")
    given = [] if folder is None else [_root_of(folder, scratch)]
    return given + ([Path.cwd()] if Path("experiments").is_dir() else [])


def _root_of(folder: Path, scratch: Path) -> Path:
    """A folder that shows `folder` under the name that Hydra looks for."""
    folder = folder.resolve()
    if folder.name == "experiments":
        return folder.parent
    (scratch / "experiments").symlink_to(folder, target_is_directory=True)
    return scratch


def no_experiment_file(file: Path) -> str:
    """That there is no such file."""
    kind = "is a folder" if file.is_dir() else "does not exist"
    return f"the experiment file {file} {kind}: give a .yaml file, or the name of an experiment"


def _none(name: str) -> str:
    if "=" in name:
        return f"the name of an experiment comes before settings such as {name!r}: embdrift run NAME {name}"
    return no_experiment(name)


def _require_experiment(file: Path, name: str) -> None:
    """Look at the file itself, so that what is wrong with it is said with its name."""
    shown = file.resolve()
    content = _content(shown)
    if not isinstance(content, DictConfig):
        raise InputError(f"{shown} must hold settings, `key: value` each, and holds none")
    if _first_line(shown) != PACKAGE_LINE:
        raise InputError(f"{shown} is no experiment yet: its first line must be `{PACKAGE_LINE}`")
    try:
        compose_config([override("experiments", name)])
    except InputError as error:
        raise InputError(f"{shown}: {error}") from error


def _first_line(file: Path) -> str:
    lines = (" ".join(line.split()) for line in file.read_text("utf-8").splitlines())
    return next((line for line in lines if line), "")


def _content(file: Path) -> object:
    try:
        return OmegaConf.load(file)
    except YAMLError as error:
        raise InputError(yaml_sentence(error)) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file} must be UTF-8, but byte {error.start} is not: convert it first") from error
    except RecursionError as error:
        raise InputError(f"{file} refers to itself, or is nested too deeply") from error
    except (OSError, OmegaConfBaseException) as error:
        raise InputError(f"{file} must hold settings, `key: value` each: {sentence(error)}") from error
