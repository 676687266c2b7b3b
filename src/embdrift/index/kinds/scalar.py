"""Exhaustive search over vectors whose components are rounded one by one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from embdrift.index.kind import Build, IndexKind, Keeps, index_kind


class ScalarCode(Enum):
    """How a component is rounded, by faiss's names.

    * fp16, bf16: to a shorter float; nothing is trained
    * int8, int6, int4: to one of 256, 64 or 16 steps between the least and the greatest value of the training set,
      per dimension
    """

    fp16 = "SQfp16"
    bf16 = "SQbf16"
    int8 = "SQ8"
    int6 = "SQ6"
    int4 = "SQ4"

    @property
    def trained(self) -> bool:
        """Whether ranges come from a training set."""
        return self in (ScalarCode.int8, ScalarCode.int6, ScalarCode.int4)


@index_kind("scalar")
@dataclass
class Scalar(IndexKind):
    """Every rounded vector is compared.

    Args:
        code: how components are rounded
    """

    code: list[ScalarCode] = field(default_factory=lambda: [ScalarCode.int8])

    def builds(self) -> Iterator[Build]:
        """One index per code."""
        for code in self.code:
            keeps = Keeps.training if code.trained else Keeps.nothing
            yield Build(self.kind, code.value, code.value, keeps=keeps)
