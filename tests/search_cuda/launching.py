"""Take every launch as far as the compiler, for an H100 that is not there; writes the kernels that were launched."""

import json
import sys

import torch
from triton.backends.compiler import GPUTarget
from triton.runtime import driver
from triton.runtime.jit import JITFunction


class NoDevice:
    """Answers what Triton asks before it compiles."""

    def get_current_target(self):
        return GPUTarget("cuda", 90, 32)

    def get_current_device(self):
        return 0

    def get_current_stream(self, device=None):
        return 0


def main():
    driver.set_active(NoDevice())
    from embdrift.search.cuda import launch
    from embdrift.search.cuda.tiles import SPARE, WIDE

    launched = []
    compile_and_run = JITFunction.run

    def compile_only(self, *arguments, grid, warmup, **options):
        kernel = compile_and_run(self, *arguments, grid=grid, warmup=True, **options)
        assert kernel.asm["cubin"]
        launched.append(self.fn.__name__)

    JITFunction.run = compile_only
    rows, numbers = torch.zeros(512, 768, dtype=torch.float16), torch.zeros(512)
    side = launch.Side(rows, numbers, numbers, numbers, numbers)
    launch.products(rows, rows, WIDE)
    launch.filter_pairs(side.part(256, 500), side, launch.Shape(False, False, True), WIDE, shift=-256)
    launch.filter_pairs(side, side.part(1, 2), launch.Shape(True, True, True), SPARE)
    launch.group_maxima(side, side, launch.Shape(True, True, False), SPARE)
    decode(launch, WIDE)
    for left, right in (
        (torch.zeros(9, 77), torch.zeros(5, 77)),
        (torch.zeros(4, 1).bfloat16(), torch.zeros(4, 1).double()),
    ):
        at = torch.zeros(3, dtype=torch.int32)
        launch.pair_sums(left, right, (at, at.long()), distance=True)
    starts, at = torch.tensor([0, 5]), torch.arange(5)
    launch.segment_ranks(starts, at.int(), at.double(), 64)
    launch.segment_ranks(starts, at, at.double(), 512)
    return launched


def decode(launch, tiles):
    """Both kernels that decode, though nothing counts: as if every tile held a pair."""
    cumsum = torch.cumsum
    torch.cumsum = lambda counts, dim, out: out.copy_(torch.arange(len(out)))
    try:
        words = torch.zeros(4, tiles.words, dtype=torch.int32)
        for symmetric in (True, False):
            assert len(list(launch.decode(launch.Mask(words, tiles, 200, 300, 0, symmetric), 2))) == 2
    finally:
        torch.cumsum = cumsum


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()))
