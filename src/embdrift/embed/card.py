"""The version card: how a set of vectors was made, and how two such accounts differ."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

from embdrift.data.fingerprints import fingerprint
from embdrift.embed.encoder import EncoderFacts
from embdrift.embed.job import EmbeddingJob

LIBRARIES = ("torch", "transformers", "sentence-transformers", "tokenizers")

WORDS = {
    "weights_sha256": "weights",
    "weights_dtype": "weights",
    "stored_dtype": "stored vectors",
    "tokenizer_sha256": "tokenizer file",
    "tokenizer_version": "tokenizer version",
    "tokenizer_lower_case": "tokenizer lower-casing",
    "max_length": "tokenizer maximum length",
    "normalized": "normalization to unit length",
    "settings_sha256": "model settings",
}
HASH_SHOWN = 12
NOT_RECORDED = "not recorded"


@dataclass(frozen=True)
class EmbeddingCard:
    """How one set of vectors was made.

    Args:
        model: name or folder
        revision: the hub's commit; None for a model from elsewhere
        weights_sha256: fingerprint of the weights
        settings_sha256: fingerprint of the model's, tokenizer's and pooling's configuration files
        tokenizer: name of the tokenizer's class
        tokenizer_sha256: fingerprint of tokenizer.json or the vocabulary
        tokenizer_version: as tokenizer.json gives it
        tokenizer_lower_case: whether the tokenizer lower-cases
        libraries: package -> version
        weights_dtype: number format of weights and activations
        stored_dtype: number format in which the vectors are kept
        pooling: how token vectors became one vector
        max_length: tokens after which a text was cut
        normalized: whether vectors were scaled to unit length
        prompt: what was put before every text
        dimension: numbers per vector
        count: number of vectors
        inputs_sha256: fingerprint of ids and texts
        vectors_sha256: fingerprint of the vectors
        device: kind of device that encoded
    """

    model: str
    revision: str | None
    weights_sha256: str
    settings_sha256: str
    tokenizer: str
    tokenizer_sha256: str | None
    tokenizer_version: str | None
    tokenizer_lower_case: bool | None
    libraries: dict[str, str]
    weights_dtype: str
    stored_dtype: str
    pooling: str
    max_length: int | None
    normalized: bool
    prompt: str
    dimension: int
    count: int
    inputs_sha256: str
    vectors_sha256: str
    device: str


def make_card(job: EmbeddingJob, facts: EncoderFacts, vectors: torch.Tensor) -> dict[str, Any]:
    """The version card of freshly made vectors, as plain values that JSON can hold."""
    spec, files = job.spec, job.files
    card = EmbeddingCard(
        model=spec.model,
        revision=files.revision,
        weights_sha256=files.weights_sha256,
        settings_sha256=files.settings_sha256,
        tokenizer=facts.tokenizer,
        tokenizer_sha256=files.tokenizer_sha256,
        tokenizer_version=files.tokenizer_version,
        tokenizer_lower_case=facts.lower_case,
        libraries=library_versions(),
        weights_dtype=spec.dtype.value,
        stored_dtype=str(vectors.dtype).removeprefix("torch."),
        pooling=facts.pooling,
        max_length=facts.max_length,
        normalized=spec.normalize,
        prompt=spec.prompt,
        dimension=int(vectors.shape[1]),
        count=len(job.ids),
        inputs_sha256=job.inputs_sha256,
        vectors_sha256=fingerprint(vectors),
        device=facts.device,
    )
    return asdict(card)


def library_versions() -> dict[str, str]:
    """The installed versions of the libraries that decide what an encoder's vectors are."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def card_differences(reference: Mapping[str, Any], candidate: Mapping[str, Any]) -> list[str]:
    """What two version cards say differently, in words, such as "tokenizer maximum length 256 -> 32".

    That other inputs or settings give other vectors, and other inputs another number of them, goes without saying and
    is left out; vectors that differ although nothing else does are not. Unknown keys are compared like known ones. A
    value that one card lacks is "not recorded"; an empty card is said once.

    >>> card_differences({"pooling": "mean", "max_length": 256}, {"pooling": "cls", "max_length": 32})
    ['pooling mean -> cls', 'tokenizer maximum length 256 -> 32']
    """
    if not reference or not candidate:
        sides = [name for name, card in (("reference", reference), ("candidate", candidate)) if not card]
        return [f"no version card for the {sides[0]}"] if len(sides) == 1 else []
    old, new = dict(_flat(reference)), dict(_flat(candidate))
    differing = [key for key in [*old, *(key for key in new if key not in old)] if old.get(key) != new.get(key)]
    inputs_differ = "inputs_sha256" in differing
    said = [
        _in_words(key, old.get(key), new.get(key))
        for key in differing
        if not (key == "vectors_sha256" or (key == "count" and inputs_differ))
    ]
    if not said and "vectors_sha256" in differing:
        return _vectors_only(old, new)
    return said


def _vectors_only(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    if old.get("vectors_sha256") is None or new.get("vectors_sha256") is None:
        return []
    return ["vectors differ although the cards agree on how they were made"]


def _flat(card: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Each value under its own key; inner keys lose the name of `libraries`, which speak for themselves."""
    for key, value in card.items():
        if isinstance(value, Mapping):
            yield from _flat(value, "" if key == "libraries" else f"{above}{key} ")
        else:
            yield f"{above}{key}", value


def _in_words(key: str, old: object, new: object) -> str:
    if key == "inputs_sha256" and old is not None and new is not None:
        return "inputs differ"
    label = WORDS.get(key, key.replace("_sha256", " fingerprint").replace("_", " "))
    return f"{label} {_shown(key, old)} -> {_shown(key, new)}"


def _shown(key: str, value: object) -> str:
    if value is None:
        return NOT_RECORDED
    if isinstance(value, bool):
        return "on" if value else "off"
    if key.endswith("_sha256"):
        return f"{value:.{HASH_SHOWN}}" if isinstance(value, str) else str(value)
    if isinstance(value, str) and (not value or value != value.strip()):
        return repr(value)
    return str(value)
