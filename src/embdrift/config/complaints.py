"""What Hydra, OmegaConf and YAML complain about, in one sentence each."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hydra.core.override_parser.types import Override
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf.errors import OmegaConfBaseException
from yaml import MarkedYAMLError, YAMLError

from embdrift.config.names import all_keys, experiment_names, group_names, nearest
from embdrift.errors import EmbdriftError, InputError

UNREADABLE: tuple[type[Exception], ...] = (
    YAMLError,
    HydraException,
    OmegaConfBaseException,
    # What they let through on overrides and files that make no sense, found by trying many.
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)

_REWRITTEN = (
    (r"Value '(.*)' of type '.*' could not be converted to Integer", "{key} must be a whole number, got {0!r}"),
    (r"Value '(.*)' of type '.*' could not be converted to Float", "{key} must be a number, got {0!r}"),
    (r"Value '(.*)' is not a valid bool", "{key} must be true or false, got {0!r}"),
    (r"Cannot convert '(\w+)' to string", "{key} must be a text, got a {0}"),
    (r"field '.*' is not Optional", "{key} must have a value, got null"),
    (r"has missing mandatory value: (\S+)", "{key} must have a value, got '???'"),
    (r"Invalid value assigned: (\w+) is not a ListConfig", "{key} must be a list in brackets, got a value of type {0}"),
    (r"Cannot merge DictConfig with ListConfig", "a list stands where there must be settings, or the other way round"),
    (r"str is not a subclass of VersionConfig. value: (.*)", "{key} must be {{name: NAME, path: FILE}}, got {0!r}"),
    (r"An item is already at '(.*?)'", "{0} has a value already: leave the plus sign away"),
    (r"Ambiguous value for argument '(.*?)'", "{0} holds a comma: add -m to sweep over values, or brackets for a list"),
    (r"Environment variable '(.*?)' not found", "{key} asks for the environment variable {0}, which is not set"),
    (r"Interpolation key '(.*?)' not found", "{key} refers to {0}, which there is not"),
    (r"Interpolation to missing|Recursive interpolation", "{key} refers to itself or to what has no value"),
    (r"Unsupported interpolation type (\S+)", "{key} asks for {0}, which configs cannot"),
)  # fmt: skip


@contextmanager
def sentences() -> Iterator[None]:
    """Turn what goes wrong while a config is composed into one sentence.

    Raises:
        InputError: in place of any complaint
    """
    try:
        yield
    except EmbdriftError:
        raise
    except UNREADABLE as error:
        raise InputError(sentence(error)) from error


def sentence(error: Exception) -> str:
    """One complaint as a sentence."""
    if isinstance(error, YAMLError):
        return yaml_sentence(error)
    if isinstance(error, MissingConfigException):
        return _missing(error)
    if isinstance(error, OverrideParseException):
        return f"cannot read the override {error.override!r}: write key=value, and put quotes around special characters"
    return _other(error)


def yaml_sentence(error: YAMLError) -> str:
    """Where a file breaks YAML's rules."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return f"a config is not valid YAML: {_one_line(error)}"
    mark = error.problem_mark
    problem = "tabs cannot indent" if "'\\t'" in str(error.problem) else _short(str(error.problem))
    return f"{mark.name} is not valid YAML: {problem}, in line {mark.line + 1}"


def require_keys(overrides: Sequence[Override]) -> None:
    """Refuse overrides that Hydra's grammar takes but nobody can mean.

    Raises:
        InputError: for one without a key
    """
    for one in overrides:
        if not one.key_or_group:
            raise InputError(f"cannot read the override {one.input_line!r}: write key=value")


def _missing(error: MissingConfigException) -> str:
    group, _, name = (error.missing_cfg_file or "").rpartition("/")
    if group == "experiments":
        return no_experiment(name)
    known = group_names(group)
    if not known:
        hint = "; install the Hydra plugin that provides it" if group.startswith("hydra") else ""
        return f"there is no {group}={name}{hint}"
    return f"there is no {group} preset {name!r}{nearest(name, known)}; there are: {', '.join(known)}"


def no_experiment(name: str) -> str:
    """That there is no such experiment, and which there are."""
    known = experiment_names()
    shown = ", ".join(known[:10]) + (", …" if len(known) > 10 else "")
    hint = nearest(name, known)
    return f"there is no experiment {name!r}{hint}; there are: {shown}; a file of your own must end in .yaml"


def _other(error: Exception) -> str:
    root: BaseException = error
    while root.__cause__ is not None:
        root = root.__cause__
    if isinstance(root, InputError):
        return str(root)
    if isinstance(root, RecursionError):
        return "a config refers to itself, or is nested too deeply"
    text = _one_line(root)
    found = re.search(r"full_key: (\S+)", text)
    key = found.group(1) if found else ""
    text = re.sub(r"\s*(full_key|reference_type|object_type)[:=] ?\S*", "", text)
    text = re.sub(r"^.*raised while (composing config|resolving interpolation): ", "", text).strip()
    return _wrong_key(text, key) or _wrong_value(text, key)


def _wrong_key(text: str, key: str) -> str:
    wrong = re.search(r"Key '([^']*)' (?:is not in struct|not in '[^']*')", text)
    if not wrong:
        return ""
    return no_setting(key or wrong.group(1))


def no_setting(name: str) -> str:
    """That there is no such setting, and the nearest that there is."""
    return f"there is no setting {name!r}{nearest(name, all_keys())}; `embdrift run --help` lists them"


def _wrong_value(text: str, key: str) -> str:
    chosen = re.search(r"Invalid value '(.*)', expected one of \[(.*)\]", text)
    if chosen:
        value, names = chosen.groups()
        return f"{key} must be one of {names}, got {value!r}{nearest(value, names.split(', '))}"
    if "NoneType" in text and ("Unexpected type for root" in text or "has no attribute" in text):
        return "a part of something that is null cannot be set alone: give the whole of it in an experiment file"
    for pattern, sentence in _REWRITTEN:
        found = re.search(pattern, text)
        if found:
            return sentence.format(*found.groups(), key=key or "a setting")
    return f"{key}: {_short(text)}" if key and key not in text else _short(text)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _short(text: str) -> str:
    text = " ".join(text.split()).rstrip(".")
    return text if len(text) <= 200 else f"{text[:199]}…"
