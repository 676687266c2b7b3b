"""A real encoder: texts in, vectors out."""

import json
import logging
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError

from embdrift.embed.model_files import MISSING_EXTRA, ModelFiles
from embdrift.errors import InputError
from embdrift.settings import EncoderSpec, Pooling


def lower_cases(tokenizer: Any) -> bool | None:
    """Whether a tokenizer lower-cases its input; None where it does not say.

    What the tokenizer does is read from the tokenizer itself, since configuration files may contradict it.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        option = getattr(tokenizer, "do_lower_case", None)
        return option if isinstance(option, bool) else None
    return _lower_cases(json.loads(backend.to_str()).get("normalizer"))


def _lower_cases(normalizer: Any) -> bool:
    if not isinstance(normalizer, dict):
        return False
    inner = normalizer.get("normalizers", [])
    return (
        normalizer.get("type") == "Lowercase"
        or bool(normalizer.get("lowercase"))
        or any(_lower_cases(one) for one in inner)
    )


Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class EncoderFacts:
    """What only the loaded encoder knows of itself.

    Args:
        tokenizer: name of the tokenizer's class
        lower_case: whether the tokenizer lower-cases; None where it does not say
        pooling: how token vectors become one vector
        max_length: tokens after which a text is cut; None where there is no limit
        device: kind of device that it runs on
    """

    tokenizer: str
    lower_case: bool | None
    pooling: str
    max_length: int | None
    device: str


class Encoder(Protocol):
    """Turns a batch of texts into vectors."""

    @property
    def facts(self) -> EncoderFacts:
        """What the loaded encoder says of itself."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of one batch, shape (len(texts), d), in the order of the texts."""


Load = Callable[[EncoderSpec, ModelFiles, str], Encoder]


def load_encoder(spec: EncoderSpec, files: ModelFiles, device: str) -> "SentenceEncoder":
    """Load an encoder through sentence-transformers, from files on this machine only.

    Args:
        spec: the encoder and its settings
        files: what `model_files(spec)` found
        device: `cpu`, `cuda` or `cuda:1`

    Raises:
        InputError: when the extra `embed` is missing, the folder holds no such model, or the model cannot pool so
    """
    if find_spec("sentence_transformers") is None:
        raise InputError(MISSING_EXTRA)
    if files.revision is None:
        # Read once, when the hub's library is first imported: without it a model on disk still asks the network.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
    with _quiet():
        try:
            model = _load(spec, files, device)
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise InputError(
                f"model {spec.model!r} could not be loaded from {files.folder}: {str(error).splitlines()[0]}"
            ) from error
    _set_pooling(model, spec)
    _set_normalization(model, spec)
    _set_length(model, spec)
    return SentenceEncoder(model, spec, device)


class SentenceEncoder:
    """An encoder that sentence-transformers has loaded."""

    def __init__(self, model: Any, spec: EncoderSpec, device: str) -> None:
        self._model = model
        self._spec = spec
        tokenizer = getattr(model, "tokenizer", None)
        self.facts = EncoderFacts(
            tokenizer=type(tokenizer).__name__,
            lower_case=lower_cases(tokenizer),
            pooling=_pooling_of(model),
            max_length=_length_of(model),
            device=torch.device(device).type,
        )

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of one batch, shape (len(texts), d), in the order of the texts.

        Raises:
            InputError: when the device has not the memory for a batch
        """
        try:
            with _quiet():
                vectors = self._model.encode(
                    list(texts),
                    # Given even where empty: a prompt that the model file sets would not be in the version card.
                    prompt=self._spec.prompt,
                    batch_size=len(texts),
                    show_progress_bar=False,
                    convert_to_tensor=True,
                    # A second scaling would move the last bits.
                    normalize_embeddings=self._spec.normalize and _place_of(self._model, "Normalize") is None,
                )
        except torch.OutOfMemoryError as error:
            raise InputError(
                f"the device has not enough memory for a batch of {len(texts)} texts; lower batch_size"
            ) from error
        result: Vectors = vectors.float().cpu().numpy()
        return result


def _load(spec: EncoderSpec, files: ModelFiles, device: str) -> Any:
    from sentence_transformers import SentenceTransformer
    from transformers import __version__ as version

    # Never left to the library: newer ones take the type in which the file was stored.
    dtype = "dtype" if tuple(map(int, version.split(".")[:2])) >= (4, 56) else "torch_dtype"
    return SentenceTransformer(
        str(files.folder),
        device=device,
        local_files_only=True,
        model_kwargs={dtype: getattr(torch, spec.dtype.value)},
    )


def _set_pooling(model: Any, spec: EncoderSpec) -> None:
    if spec.pooling is Pooling.default:
        return
    place = _place_of(model, "Pooling")
    if place is None:
        raise InputError(f"pooling={spec.pooling.value}: {spec.model} has no pooling to set; leave it at default")
    old = model[place]
    # A new layer: the mode's attributes have other names in each major version, the constructor has not.
    model[place] = type(old)(
        getattr(old, "embedding_dimension", None) or old.word_embedding_dimension,
        pooling_mode=spec.pooling.value,
        include_prompt=old.include_prompt,
    )


def _set_normalization(model: Any, spec: EncoderSpec) -> None:
    place = _place_of(model, "Normalize")
    if place is not None and not spec.normalize:
        del model[place]


def _set_length(model: Any, spec: EncoderSpec) -> None:
    if spec.max_length is None:
        return
    count = getattr(getattr(model, "tokenizer", None), "num_special_tokens_to_add", None)
    special = count() if callable(count) else 0
    if spec.max_length <= special:
        raise InputError(
            f"max_length must leave room for text: {spec.model} adds {special} tokens of its own, got {spec.max_length}"
        )
    model.max_seq_length = spec.max_length


def _place_of(model: Any, layer: str) -> int | None:
    return next((place for place, module in enumerate(model) if type(module).__name__ == layer), None)


def _pooling_of(model: Any) -> str:
    place = _place_of(model, "Pooling")
    if place is None:
        return "none"
    mode = getattr(model[place], "pooling_mode", None) or model[place].get_pooling_mode_str()
    return mode if isinstance(mode, str) else "+".join(mode)


def _length_of(model: Any) -> int | None:
    length = model.max_seq_length
    return int(length) if isinstance(length, int) else None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' own progress bars, notes and deprecations from the user's screen."""
    from transformers.utils import logging as transformers_logging

    verbosity, bars = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    logger = logging.getLogger("sentence_transformers")
    level = logger.level
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
        transformers_logging.set_verbosity(verbosity)
        if bars:
            transformers_logging.enable_progress_bar()
