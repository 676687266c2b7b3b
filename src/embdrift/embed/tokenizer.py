"""What a loaded tokenizer does to its input before it looks words up."""

import json
from typing import Any


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
