"""The graph index of cuVS, on NVIDIA GPUs, where the installed faiss has it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from embdrift.errors import InputError
from embdrift.index.faiss_module import capabilities, load_faiss
from embdrift.index.kind import Build, IndexKind, Keeps, Point, grid_of, index_kind
from embdrift.settings import Similarity

if TYPE_CHECKING:
    from embdrift.types import Array


@index_kind("cagra")
@dataclass
class Cagra(IndexKind):
    """A graph of fixed degree, searched by many threads at a time. Not run yet: no machine with it was at hand.

    Args:
        graph_degree: links per item
        intermediate_graph_degree: links before pruning, at least `graph_degree`
        itopk_size: candidates kept while searching, at least k
        search_width: items whose links are followed at a time
    """

    least: ClassVar = {"graph_degree": 1, "intermediate_graph_degree": 1}
    graph_degree: list[int] = field(default_factory=lambda: [32, 64])
    intermediate_graph_degree: list[int] = field(default_factory=lambda: [128])
    itopk_size: list[int] = field(default_factory=lambda: [32, 64, 128, 256, 512])
    search_width: list[int] = field(default_factory=lambda: [1])

    def builds(self) -> Iterator[Build]:
        """One index per degree."""
        for degree in self.graph_degree:
            for wide in self.intermediate_graph_degree:
                yield Build(
                    self.kind,
                    f"CAGRA{degree} from {wide}",
                    "",
                    grid_of(itopk_size=self.itopk_size, search_width=self.search_width),
                    settings={"graph_degree": degree, "intermediate_graph_degree": wide},
                    random=True,
                    gpu=True,
                )

    @classmethod
    def check(cls, build: Build, *, n: int, d: int, similarity: Similarity) -> None:
        """Refuse it where faiss lacks it, or degrees do not fit.

        Raises:
            InputError: when the installed faiss or the machine cannot run it, or a parameter is out of range
        """
        super().check(build, n=n, d=d, similarity=similarity)
        found = capabilities()
        if not (found.cagra and found.gpus):
            raise InputError(
                f"{build.name} needs faiss with cuVS and an NVIDIA GPU, and faiss {found.version} here has"
                f" {'none' if not found.cagra else 'no GPU'}; install `embdrift[gpu-cuvs]`"
            )
        if build.settings["graph_degree"] > build.settings["intermediate_graph_degree"]:
            raise InputError(f"{build.name}: graph_degree must not exceed intermediate_graph_degree")

    @classmethod
    def make(cls, build: Build, *, d: int, similarity: Similarity, gpu: int | None = None) -> Any:
        """An empty index on a GPU, the first where none is named."""
        faiss = load_faiss()
        config = faiss.GpuIndexCagraConfig()
        config.device = gpu or 0
        config.graph_degree = build.settings["graph_degree"]
        config.intermediate_graph_degree = build.settings["intermediate_graph_degree"]
        measure = faiss.METRIC_L2 if similarity is Similarity.l2 else faiss.METRIC_INNER_PRODUCT
        return faiss.GpuIndexCagra(faiss.StandardGpuResources(), d, measure, config)

    @classmethod
    def set_point(cls, index: Any, point: Point, *, on_gpu: bool) -> None:
        """Nothing: its settings travel with each search."""

    @classmethod
    def refill(cls, index: Any, vectors: "Array", keeps: Keeps) -> None:
        """Refuse: emptied and filled again, it would be built anew, and pass for an old graph.

        Raises:
            InputError: always
        """
        raise InputError("CAGRA cannot keep its graph for other vectors: faiss builds it anew")

    @classmethod
    def search_parameters(cls, point: Point) -> Any:
        """The settings of one search."""
        parameters = load_faiss().SearchParametersCagra()
        parameters.itopk_size = point["itopk_size"]
        parameters.search_width = point["search_width"]
        return parameters
