"""From overrides to one checked run, with every complaint as a sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import MISSING, DictConfig, ListConfig, OmegaConf, open_dict

from embdrift.config.complaints import no_setting, require_keys, sentences
from embdrift.config.names import experiment_roots
from embdrift.config.schema import RunConfig, take_old_word
from embdrift.errors import InputError
from embdrift.files import CONFIGS
from embdrift.index import index_choice_type
from embdrift.settings import ComputeSettings, DatasetSettings, RunSettings, settings_of
from embdrift.studies import STUDIES, PrecisionOptions

_PLUGINS = ("hydra._internal.core_plugins.", "hydra_plugins.")
_LOGGING = ("logging.", "colorlog.")
_DEFAULT_SIMILARITY = {"similarity": settings_of(RunSettings)["similarity"].default}


def compose_run(overrides: Sequence[str]) -> RunConfig:
    """Compose one run and turn it into typed objects.

    Raises:
        InputError: when an override cannot be read, names what there is not, or gives a value of the wrong type
    """
    for one in parse_overrides(overrides):
        if is_hydra(one):
            raise InputError(
                f"{one.input_line!r} is for sweeps, and this is a single run: add -m, or leave it away; --out names the"
                " folder of a run"
            )
    return to_run(compose_config(overrides))


def compose_config(overrides: Sequence[str]) -> DictConfig:
    """Compose one run's config, not yet converted.

    Raises:
        InputError: when an override cannot be read, or names what there is not; when a setting of Hydra's names code
    """
    parse_overrides(overrides)
    start_hydra()
    with sentences():
        config = compose("config", overrides=list(overrides), return_hydra_config=True)
        require_no_code(config.hydra)
        with open_dict(config):
            del config["hydra"]
    return config


def to_run(config: DictConfig) -> RunConfig:
    """The typed run of a composed config.

    Raises:
        InputError: when a value is missing or wrong, or a key is none of the schema's
    """
    with sentences():
        strange = next(_strange_keys(config, ""), None)
        if strange is not None:
            raise InputError(no_setting(strange))
        given = not OmegaConf.is_missing(config, "similarity")
        run = OmegaConf.to_object(config if given else OmegaConf.merge(config, _DEFAULT_SIMILARITY))
    assert isinstance(run, RunConfig)
    take_old_word(run, given=given)
    for version in run.versions:
        take_old_word(version, given=version.similarity is not None)
    return run


def start_hydra() -> None:
    """Set Hydra up for composing; safe to call again."""
    _register_schema()
    if ExperimentsSearchPath not in Plugins.instance().discover(SearchPathPlugin):
        Plugins.instance().register(ExperimentsSearchPath)
    # A notebook, or Hydra itself during a sweep, may have set up Hydra already; compose beside it.
    GlobalHydra.instance().clear()
    initialize_config_dir(str(CONFIGS), version_base="1.3", job_name="embdrift")


class ExperimentsSearchPath(SearchPathPlugin):
    """Let `experiments=NAME` find a user's own experiments, then embdrift's, from any directory."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Append the folders that experiments are looked for in."""
        for root in experiment_roots():
            search_path.append(provider="embdrift", path=f"file://{root}")


def _register_schema() -> None:
    """Register the settings as Hydra's schema; safe to call again."""
    store = ConfigStore.instance().store
    # Without a value, so that a chosen similarity differs from the default.
    store(name="run_schema", node=RunConfig(similarity=MISSING), provider="embdrift")
    for study in STUDIES.values():
        store(group="study", name=f"{study.name}_schema", node=study.options, provider="embdrift")
        if not (CONFIGS / "study" / f"{study.name}.yaml").is_file():
            # A study that another program registered: its defaults are its preset.
            store(group="study", name=study.name, node=study.options, provider="embdrift")
    store(group="precision", name="precision_schema", node=PrecisionOptions, provider="embdrift")
    store(group="index", name="index_schema", node=index_choice_type(), provider="embdrift")
    store(group="dataset", name="dataset_schema", node=DatasetSettings, provider="embdrift")
    store(group="compute", name="compute_schema", node=ComputeSettings, provider="embdrift")


def parse_overrides(overrides: Sequence[str]) -> list[Override]:
    """Read overrides, sweeps included.

    Raises:
        InputError: when one cannot be read
    """
    start_hydra()
    with sentences():
        parsed = OverridesParser.create(config_loader=GlobalHydra.instance().config_loader()).parse_overrides(
            list(overrides)
        )
        require_keys(parsed)
    return parsed


def is_hydra(override: Override) -> bool:
    """Whether an override is about Hydra and not about the run."""
    return override.key_or_group.partition(".")[0].partition("/")[0] == "hydra"


def _strange_keys(node: DictConfig | ListConfig, prefix: str) -> Iterator[str]:
    """Keys that `+key=value` has added to what the schema knows; OmegaConf would keep them without a word."""
    if node._is_none() or node._is_missing():
        return
    kind = OmegaConf.get_type(node)
    known = {one.name for one in fields(kind)} if is_dataclass(kind) else None
    for key, part in _parts(node):
        if known is not None and key not in known:
            yield f"{prefix}{key}"
        if isinstance(part, DictConfig | ListConfig):
            yield from _strange_keys(part, f"{prefix}{key}.")


def _parts(node: DictConfig | ListConfig) -> Iterator[tuple[str, object]]:
    if isinstance(node, ListConfig):
        yield from ((str(number), node._get_node(number)) for number in range(len(node)))
    else:
        yield from ((str(key), node._get_node(key)) for key in node)


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
