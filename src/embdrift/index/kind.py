"""Index types: what one is, and the registry of all; a new one is one file in `kinds`."""

import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, make_dataclass
from enum import Enum
from functools import cache
from importlib import import_module
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from embdrift.errors import InputError
from embdrift.index.faiss_module import load_faiss
from embdrift.settings import Similarity

if TYPE_CHECKING:
    from embdrift.types import Array

Point = Mapping[str, int]
"""Search parameters by faiss's own names, such as {"nprobe": 8}."""

FAISS_NAMES = {"nprobe": "nprobe", "ef_search": "efSearch", "k_factor": "k_factor_rf"}
"""Names of search parameters here and in faiss."""


class Keeps(Enum):
    """What of an index comes from the vectors that it was trained on, and so grows old when these are replaced.

    * nothing: it holds the vectors and no more
    * training: centroids, codebooks or ranges
    * graph: links between items, and what `training` holds where it has any
    """

    nothing = "nothing"
    training = "training"
    graph = "graph"


@dataclass(frozen=True)
class Build:
    """One index to build and the search settings to try on it.

    Args:
        kind: registered name of its type
        name: what tables and plots call it
        factory: faiss's description
        grid: search settings, in the order to try; one empty setting where there is nothing to set
        settings: build settings by name
        keeps: what grows old when its vectors are replaced
        random: whether building draws random numbers, so that seeds matter
        least_training: vectors needed to train it
        lists: inverted lists, 0 where it has none
        gpu: whether faiss has it on GPUs
    """

    kind: str
    name: str
    factory: str
    grid: tuple[Point, ...] = ({},)
    settings: Mapping[str, int] = field(default_factory=dict)
    keeps: Keeps = Keeps.training
    random: bool = False
    least_training: int = 1
    lists: int = 0
    gpu: bool = False


@dataclass
class IndexKind:
    """Base of all index types: each is a dataclass of what to sweep, and so its own schema in config files.

    Every field is a list of values to try. A type says what it builds in `builds`; the other methods suit any index
    that faiss's factory makes and are overridden where one needs more.
    """

    kind: ClassVar[str] = ""
    least: ClassVar[Mapping[str, int]] = {}
    """The least that each build setting may be: below it, faiss crashes or goes on with something else."""

    def builds(self) -> Iterator[Build]:
        """The indexes to build, each with its search settings."""
        raise NotImplementedError

    @classmethod
    def check(cls, build: Build, *, n: int, d: int, similarity: Similarity) -> None:
        """Refuse a build that cannot work, before any time is spent on it.

        Raises:
            InputError: when a build setting is out of range, there is no search setting, or vectors are too few
        """
        for name, least in cls.least.items():
            value = build.settings.get(name, least)
            if value < least:
                raise InputError(f"{name} of {build.name} must be at least {least}, got {value}")
        if not build.grid:
            raise InputError(f"{build.name} has no search setting to try: give each of them at least one value")
        if n < build.least_training:
            what = f"its {build.lists} lists" if build.lists == build.least_training else "its codes"
            raise InputError(
                f"{build.name} needs at least {build.least_training} vectors to train {what}, got {n}; choose a smaller"
                " preset or fewer lists"
            )

    @classmethod
    def make(cls, build: Build, *, d: int, similarity: Similarity, gpu: int | None = None) -> Any:
        """An empty, untrained faiss index on the CPU; on the GPU of this number where faiss has it only there."""
        faiss = load_faiss()
        measure = faiss.METRIC_L2 if similarity is Similarity.l2 else faiss.METRIC_INNER_PRODUCT
        index = faiss.index_factory(d, build.factory, measure)
        for part in parts_of(index):
            if hasattr(part, "hnsw") and "ef_construction" in build.settings:
                part.hnsw.efConstruction = build.settings["ef_construction"]
        return index

    @classmethod
    def set_point(cls, index: Any, point: Point, *, on_gpu: bool) -> None:
        """Set the search parameters."""
        faiss = load_faiss()
        space = faiss.GpuParameterSpace() if on_gpu else faiss.ParameterSpace()
        for name, value in point.items():
            space.set_index_parameter(index, FAISS_NAMES.get(name, name), value)

    @classmethod
    def search_parameters(cls, point: Point) -> Any:
        """Settings that travel with each search instead of staying in the index; None where there are none."""
        return None

    @classmethod
    def refill(cls, index: Any, vectors: "Array", keeps: Keeps) -> None:
        """Replace the vectors of a filled index and keep what was trained on the old ones.

        Args:
            index: filled with as many vectors as are now given, item by item, where a graph is kept
            vectors: float32, shape (n, d)
            keeps: what stays
        """
        if keeps is not Keeps.graph:
            index.reset()
            index.add(vectors)
            return
        faiss = load_faiss()
        for part in parts_of(index):
            if hasattr(part, "hnsw"):
                storage = faiss.downcast_index(part.storage)
                faiss.copy_array_to_vector(storage.sa_encode(vectors).ravel(), storage.codes)


def parts_of(index: Any) -> Iterator[Any]:
    """The index and what it wraps (transforms, refinement, coarse quantisers), each as its own type."""
    faiss = load_faiss()
    part = faiss.downcast_index(index)
    yield part
    for inner in ("index", "base_index", "quantizer"):
        wrapped = getattr(part, inner, None)
        if wrapped is not None:
            yield from parts_of(wrapped)


def grid_of(**values: Sequence[int]) -> tuple[Point, ...]:
    """Every combination of search settings, the first name changing slowest."""
    return tuple(dict(zip(values, chosen, strict=True)) for chosen in product(*values.values()))


KINDS: dict[str, type[IndexKind]] = {}
"""Registered name -> index type."""

Kind = TypeVar("Kind", bound=IndexKind)


def index_kind(name: str) -> Callable[[type[Kind]], type[Kind]]:
    """Register the decorated dataclass as the index type of this name."""

    def register(kind: type[Kind]) -> type[Kind]:
        kind.kind = name
        KINDS[name] = kind
        return kind

    return register


@dataclass
class IndexChoice:
    """Which indexes to sweep: one field per registered type, None for the types that are left out.

    Made by `index_choice_type`, since the fields follow from what is registered.
    """

    def builds(self) -> Iterator[Build]:
        """The builds of all types that are chosen, in the order of registration.

        Raises:
            InputError: when two builds would have one name
        """
        seen: set[str] = set()
        for name in (one.name for one in fields(self)):
            kind = getattr(self, name)
            for build in kind.builds() if kind is not None else ():
                if build.name in seen:
                    raise InputError(f"two indexes are called {build.name!r}: leave one of them out")
                seen.add(build.name)
                yield build


@cache
def index_choice_type() -> type[IndexChoice]:
    """The dataclass whose fields are the registered index types: the schema of config files."""
    kinds = registered()
    chosen = [(name, kind | None, field(default=None)) for name, kind in kinds.items()]
    # Its place among modules, which `make_dataclass` can set from Python 3.12 on.
    namespace = {"__module__": __name__}
    return make_dataclass("IndexChoices", chosen, bases=(IndexChoice,), namespace=namespace)


def no_index() -> IndexChoice:
    """A choice of nothing, to be filled by a config or by assignment."""
    return index_choice_type()()


def registered() -> dict[str, type[IndexKind]]:
    """All index types by name, in a fixed order."""
    from embdrift.index import kinds

    for module in sorted(one.name for one in pkgutil.iter_modules(kinds.__path__)):
        import_module(f"{kinds.__name__}.{module}")
    return dict(sorted(KINDS.items()))
