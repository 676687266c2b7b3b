"""What a config may say, with its types: each field of a run, checked by Hydra before anything starts."""

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore

from embdrift.data import TieRule, ZeroVectors
from embdrift.embed import EncoderSpec
from embdrift.index import index_choice_type
from embdrift.studies import STUDIES, PrecisionOptions
from embdrift.types import Similarity


class TextSource(Enum):
    """Texts that come with embdrift."""

    stdlib_docs = "stdlib_docs"


@dataclass
class VersionConfig:
    """One version of the vectors: a file, or an encoder that makes them from the dataset's texts.

    Args:
        name: what to call it
        path: file of corpus vectors
        queries: file of query vectors
        ids: file of the corpus's ids, where the vector file has none
        query_ids: file of the queries' ids
        column: array, column or dataset to read, where a file holds several
        metric: how its vectors are compared; the run's metric where None
        normalize: give every vector unit length
        truncate: keep the first so many dimensions
        encoder: make the vectors with this encoder instead of reading a file
    """

    name: str = ""
    path: str | None = None
    queries: str | None = None
    ids: str | None = None
    query_ids: str | None = None
    column: str | None = None
    metric: Similarity | None = None
    normalize: bool = False
    truncate: int | None = None
    encoder: EncoderSpec | None = None

    @property
    def given(self) -> bool:
        """Whether there is such a version at all."""
        return self.path is not None or self.encoder is not None

    @property
    def called(self) -> str:
        """Its name; that of its file where it has none."""
        return self.name or ("" if self.path is None else Path(self.path).stem)


@dataclass
class DatasetConfig:
    """What is known about the items besides their vectors.

    Args:
        items: table with an id column, cohorts and perhaps texts
        cohorts: its columns that group items; None for every column with few values
        text: its column of texts; None for one called `text`
        timestamp: its column of timestamps: ISO dates, or seconds since 1970
        document: its column of document ids, where judgements are about documents and the items are their chunks
        qrels: relevance judgements
        query_weights: table of query ids and weights, where judged queries do not all count the same
        ties: how items of equal score are ranked where answers are judged
        golden: table of pairs that people called alike or not
        removed: file of ids that were removed and must not come up
        as_of: the point in time that ages count from; None for the newest timestamp
        texts: texts that encoders embed: a built-in source
        text_file: texts that encoders embed: a file
        query_file: texts of the queries that encoders embed, beside `text_file`
        limit: at most so many texts of a built-in source
    """

    items: str | None = None
    cohorts: list[str] | None = None
    text: str | None = None
    timestamp: str | None = None
    document: str | None = None
    qrels: str | None = None
    query_weights: str | None = None
    ties: TieRule = TieRule.by_id
    golden: str | None = None
    removed: str | None = None
    as_of: str | None = None
    texts: TextSource | None = None
    text_file: str | None = None
    query_file: str | None = None
    limit: int = 2000


@dataclass
class ComputeConfig:
    """Where to compute.

    Args:
        device: auto, cpu, cuda or cuda:N
        threads: CPU threads; None for all
    """

    device: str = "auto"
    threads: int | None = None


@dataclass
class RunConfig:
    """One run.

    Args:
        name: names the run folder; a plain name
        k: headline number of neighbours
        metric: how vectors are compared, where a version does not say
        zero_vectors: what to do about vectors without a direction
        texts: whether results and reports may hold texts
        seed: of samples, noise and training
        study: which study, and how it measures
        dataset: items, judgements, texts
        compute: device and threads
        reference: the version in use
        again: a second encoding of the reference, which sets the noise floor
        candidates: versions that might replace it
    """

    name: str = "neighbor_shift"
    k: int = 10
    metric: Similarity = Similarity.cosine
    zero_vectors: ZeroVectors = ZeroVectors.error
    texts: bool = True
    seed: int = 0
    # Any dataclass of a study in `embdrift.studies.STUDIES`; the chosen preset brings its type.
    study: Any = None
    dataset: DatasetConfig = field(default_factory=DatasetConfig)
    compute: ComputeConfig = field(default_factory=ComputeConfig)
    reference: VersionConfig = field(default_factory=VersionConfig)
    again: VersionConfig = field(default_factory=VersionConfig)
    candidates: list[VersionConfig] = field(default_factory=list)

    @property
    def versions(self) -> list[VersionConfig]:
        """The reference, the candidates, and the reference's second encoding where there is one."""
        return [self.reference, *self.candidates, *([self.again] if self.again.given else [])]


def register_schema() -> None:
    """Tell Hydra the types; safe to call again."""
    store = ConfigStore.instance().store
    store(name="run_schema", node=RunConfig, provider="embdrift")
    for study in STUDIES.values():
        store(group="study", name=f"{study.name}_schema", node=study.options, provider="embdrift")
    store(group="precision", name="precision_schema", node=PrecisionOptions, provider="embdrift")
    store(group="index", name="index_schema", node=index_choice_type(), provider="embdrift")
    store(group="dataset", name="dataset_schema", node=DatasetConfig, provider="embdrift")
    store(group="compute", name="compute_schema", node=ComputeConfig, provider="embdrift")
