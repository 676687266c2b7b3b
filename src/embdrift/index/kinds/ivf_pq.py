"""Inverted lists of product-quantized residuals, with or without a second look at whole vectors."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import ClassVar

from embdrift.index.kind import Build, IndexKind, grid_of, index_kind
from embdrift.index.kinds.ivf_flat import ivf_build


@index_kind("ivf_pq")
@dataclass
class IvfPq(IndexKind):
    """As `ivf_flat`, with each vector cut into pieces that are replaced by the number of the nearest learned piece.

    faiss's `np` variant is built: it leaves out polysemous training, which takes several times as long and changes
    nothing unless its own search setting is used.

    Args:
        nlist: how many lists
        pieces: pieces per vector; the dimension must be a multiple of it
        bits: bits per piece
        nprobe: how many lists a search looks into
        refine: build a second index that looks at the whole vectors of the best candidates again, beside the plain one
        plain: build the one without refinement
        k_factor: candidates per neighbor that the refined index looks at again; 1 changes only their order
    """

    least: ClassVar = {"nlist": 1, "pieces": 1, "bits": 1}
    nlist: list[int] = field(default_factory=lambda: [128])
    pieces: list[int] = field(default_factory=lambda: [16])
    bits: list[int] = field(default_factory=lambda: [8])
    nprobe: list[int] = field(default_factory=lambda: [1, 2, 4, 8, 16, 32])
    refine: bool = True
    plain: bool = True
    k_factor: list[int] = field(default_factory=lambda: [4])

    def builds(self) -> Iterator[Build]:
        """One index per number of lists, of pieces and of bits, plain and refined."""
        for lists, pieces, bits in product(self.nlist, self.pieces, self.bits):
            code = f"PQ{pieces}np" if bits == 8 else f"PQ{pieces}x{bits}np"
            settings = {"nlist": lists, "pieces": pieces, "bits": bits}
            learned = 1 << max(bits, 0)
            if self.plain:
                grid = grid_of(nprobe=self.nprobe)
                yield ivf_build(self.kind, code, settings, grid, gpu=True, least_training=learned)
            if self.refine:
                grid = grid_of(k_factor=self.k_factor, nprobe=self.nprobe)
                yield ivf_build(self.kind, f"{code},RFlat", settings, grid, gpu=False, least_training=learned)
