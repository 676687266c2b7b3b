"""`python -m embdrift.bench exact --device cuda`, the benchmark of a GPU; a CPU's is `embdrift bench exact`.

It needs torch for CUDA, Triton, numpy and pytest only.
"""

import argparse
import sys
import tempfile
from pathlib import Path

_CHECKOUT = Path(__file__).parents[3]


def main(arguments: list[str]) -> int:
    """Run the benchmark; 0 where every step ran and every test passed, 2 where it cannot run."""
    return _on_gpu(_parser().parse_args(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m embdrift.bench", description=__doc__)
    parser.add_argument("what", choices=["exact"])
    parser.add_argument("--device", choices=["cuda"], required=True)
    parser.add_argument("--dry", action="store_true", help="try every step on the CPU with tiny vectors")
    parser.add_argument("--seconds", type=float, default=570.0, help="time for everything (default 570)")
    parser.add_argument("--json", type=Path, help="the record (default results/benchmarks/gpu.json)")
    parser.add_argument("--without-tests", action="store_true", help="measure only")
    return parser


def _on_gpu(options: argparse.Namespace) -> int:
    from embdrift.bench.gpu import run_gpu_benchmark
    from embdrift.errors import EmbdriftError

    usual = Path(tempfile.gettempdir(), "embdrift-gpu-dry.json") if options.dry else _record_folder() / "gpu.json"
    try:
        passed = run_gpu_benchmark(
            options.json or usual, dry=options.dry, seconds=options.seconds, with_tests=not options.without_tests
        )
    except EmbdriftError as error:
        sys.stderr.write(f"embdrift: {error}\n")
        return 2
    return int(not passed)


def _record_folder() -> Path:
    """The recorded benchmarks of a checkout, else below the working folder."""
    return (_CHECKOUT if (_CHECKOUT / "pyproject.toml").is_file() else Path()) / "results/benchmarks"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
