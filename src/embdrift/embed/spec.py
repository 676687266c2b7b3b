"""An encoder's settings, checked."""

from embdrift.errors import InputError
from embdrift.settings import PACKAGED, EncoderSpec


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
