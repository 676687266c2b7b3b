"""Compile the filter kernel for an H100 without one, and read what came out; run as a program, it prints JSON.

    python compiling.py '[{"kernel": "filter_pairs", "tiles": [128, 256, 64, 8, 3], "SCALED": false, ...}, ...]'

A process of its own: where Triton interprets, it cannot compile.
"""

import collections
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from embdrift.search.cuda import kernels

TOOLS = Path(triton.__file__).parent / "backends/nvidia/bin"
FLOATS = ("row_target", "row_scale", "row_half", "row_error", "column_target", "column_scale", "column_half")
FLOATS += ("column_error",)
TYPES = dict.fromkeys(FLOATS, "*fp32") | {
    "n_rows": "i32",
    "n_columns": "i32",
    "shift": "i32",
    "d": "i32",
    "count": "i32",
    "left_stride": "i64",
    "right_stride": "i64",
    "column_tiles": "i32",
    "first_tile": "i32",
    "counts": "*i32",
    "starts": "*i64",
    "rows": "*i32",
    "columns": "*i32",
    "mask": "*i32",
    "left_rows": "*i32",
    "right_rows": "*i32",
    "sums": "*fp64",
    "scores": "*fp64",
    "positions": "*i32",
    "ranks": "*i32",
    "out": "*fp32",
}


def compiled(order):
    """What the compiler made of one kernel: its instructions counted, registers and stack."""
    order = dict(order)
    function = getattr(kernels, order.pop("kernel"))
    options = order.pop("options", {})
    descriptors = order.pop("descriptors", {})
    types = TYPES | order.pop("types", {}) | descriptors
    names = function.arg_names
    signature = {name: "constexpr" if name in order else types[name] for name in names}
    aligned = [n for n in names if signature[n].startswith("*")] + ["d"] * ("d" in names)
    source = ASTSource(
        fn=function,
        signature=signature,
        constexprs={(names.index(name),): value for name, value in order.items()},
        attrs={(names.index(name),): [["tt.divisibility", 16]] for name in aligned},
    )
    kernel = triton.compile(source, target=GPUTarget("cuda", 90, 32), options=options)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernel.cubin"
        path.write_bytes(kernel.asm["cubin"])
        usage, code = (read("cuobjdump", option, path) for option in ("-res-usage", "-sass"))
    operations = re.findall(r"/\*[0-9a-f]{4,5}\*/\s+(?:@!?U?P\w+\s+)?([A-Z][A-Z0-9_.]*)", code)
    counted = collections.Counter(operation.split(".")[0] for operation in operations)
    registers, stack = re.search(r"REG:(\d+) STACK:(\d+)", usage).groups()
    return {
        "registers": int(registers),
        "stack": int(stack),
        "shared": kernel.metadata.shared,
        "total": len(operations),
        "operations": dict(counted),
    }


def read(tool, option, path):
    return subprocess.run([TOOLS / tool, option, path], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.stdout.write(json.dumps([compiled(order) for order in json.loads(sys.argv[1])]))
