"""From overrides to one checked run, with every complaint as a sentence."""

import difflib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from embdrift.config.paths import CONFIGS, EXPERIMENT_ROOTS, ROOT, register_search_path
from embdrift.config.schema import RunConfig, register_schema
from embdrift.errors import InputError


def compose_run(overrides: Sequence[str]) -> RunConfig:
    """Compose one run and turn it into typed objects.

    Raises:
        InputError: when an override cannot be read, names what there is not, or gives a value of the wrong type
    """
    return to_run(compose_config(overrides))


def compose_config(overrides: Sequence[str]) -> DictConfig:
    """Compose one run's config, not yet converted.

    Raises:
        InputError: when an override cannot be read, or names what there is not
    """
    register()
    # A notebook, or Hydra itself during a sweep, may have set up Hydra already; compose beside it.
    GlobalHydra.instance().clear()
    with sentences(), initialize_config_dir(str(CONFIGS), version_base="1.3", job_name="embdrift"):
        return compose("config", overrides=list(overrides))


def to_run(config: DictConfig) -> RunConfig:
    """The typed run of a composed config.

    Raises:
        InputError: when a value is missing or wrong
    """
    with sentences():
        run = OmegaConf.to_object(config)
    assert isinstance(run, RunConfig)
    return run


def register() -> None:
    """Tell Hydra embdrift's types and folders; safe to call again."""
    register_schema()
    register_search_path()


def parse_overrides(overrides: Sequence[str]) -> None:
    """Check the grammar of overrides, sweeps included.

    Raises:
        InputError: when one cannot be read
    """
    with sentences():
        OverridesParser.create().parse_overrides(list(overrides))


@contextmanager
def sentences() -> Iterator[None]:
    """Turn what Hydra and OmegaConf complain about into one sentence."""
    try:
        yield
    except InputError:
        raise
    except MissingConfigException as error:
        raise InputError(_missing(error)) from error
    except OverrideParseException as error:
        raise InputError(
            f"cannot read the override {error.override!r}: write key=value, and put quotes around special characters"
        ) from error
    except (HydraException, OmegaConfBaseException) as error:
        raise InputError(_wrong_key_or_value(error)) from error


def experiment_names() -> list[str]:
    """Experiments that a name can choose."""
    folders = [root / "experiments" for root in [*EXPERIMENT_ROOTS, ROOT]]
    return sorted({path.stem for folder in folders for path in folder.glob("*.yaml")})


def group_names(group: str) -> list[str]:
    """Choices of a config group."""
    return sorted(path.stem for path in (CONFIGS / group).glob("*.yaml"))


def _missing(error: MissingConfigException) -> str:
    group, _, name = (error.missing_cfg_file or "").rpartition("/")
    known = experiment_names() if group == "experiments" else group_names(group)
    what = "experiment" if group == "experiments" else f"{group} preset"
    return f"there is no {what} {name!r}{_nearest(name, known)}; there are: {', '.join(known)}"


def _wrong_key_or_value(error: Exception) -> str:
    root: BaseException = error
    while root.__cause__ is not None:
        root = root.__cause__
    if isinstance(root, InputError):
        return str(root)
    text = " ".join(str(root).split())
    key = re.search(r"full_key: (\S+)", text)
    full_key = key.group(1) if key else ""
    wrong = re.search(r"Key '([^']*)' (?:is not in struct|not in '[^']*')", text)
    if wrong:
        name = full_key or wrong.group(1)
        return f"there is no setting {name!r}{_nearest(name, all_keys())}; `embdrift run --help` lists them"
    complaint = re.sub(r"\s*(full_key|reference_type|object_type): ?\S*", "", text).strip().rstrip(".")
    return f"{full_key}: {complaint}" if full_key and full_key not in complaint else complaint


def all_keys() -> list[str]:
    """Every setting of a run, with dots."""
    return sorted(_keys(OmegaConf.structured(RunConfig), ""))


def _keys(config: DictConfig, prefix: str) -> Iterator[str]:
    for key in config:
        name = f"{prefix}{key}"
        yield name
        if OmegaConf.is_dict(config._get_node(key)) and config[key] is not None:
            yield from _keys(config[key], f"{name}.")


def _nearest(name: str, known: Sequence[str]) -> str:
    leaf = {one.rpartition(".")[2]: one for one in known}
    close = difflib.get_close_matches(name, known, n=1) or [
        leaf[one] for one in difflib.get_close_matches(name.rpartition(".")[2], list(leaf), n=1)
    ]
    return f", did you mean {close[0]!r}?" if close else ""


def experiment_root(file: Path, scratch: Path) -> tuple[Path, str]:
    """A folder that shows the folder of an experiment file under the name that Hydra looks for, and its name there.

    Args:
        file: an experiment, `SOMEWHERE/NAME.yaml`
        scratch: a folder that lasts as long as the run
    Raises:
        InputError: when there is no such file
    """
    if not file.is_file():
        raise InputError(
            f"there is no experiment file {file}; give a .yaml file, or one of: {', '.join(experiment_names())}"
        )
    link = scratch / "experiments"
    link.symlink_to(file.parent.resolve(), target_is_directory=True)
    return scratch, file.stem
