"""`embdrift gate RUN`: hold a saved run to rules, and tell a pipeline by the exit code."""

import argparse
from pathlib import Path

_EPILOG = """\
exit codes:
  0  pass, or a warning
  3  fail
  4  inconclusive: a figure that is due is missing, or its interval does not tell
  2  something given cannot be used

examples:
  embdrift gate results/drift/2026-01-31_12-00-00
  embdrift gate results/drift/2026-01-31_12-00-00 --gate strict
  embdrift gate results/drift/2026-01-31_12-00-00 --gate our_gate.yaml
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `embdrift gate` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("run", metavar="RUN", nargs="+", type=Path, help="a run folder; several give the worst")
    parser.add_argument(
        "--gate",
        default="default",
        metavar="PRESET|FILE",
        help="default, strict, lenient, absolute, or a .yaml file of rules (default: default)",
    )


def run(args: argparse.Namespace) -> int:
    """Judge runs, write their verdicts and reports; 0 for pass or warning, 3 for fail, 4 for inconclusive.

    Raises:
        InputError: when the gate cannot be used, or a folder holds no whole run
        StorageError: when a verdict or report cannot be written
    """
    from embdrift.cli.verdict import chosen_gate, told_code
    from embdrift.report import judge_run
    from embdrift.results import require_whole

    gate = chosen_gate(args.gate)
    assert gate is not None
    for folder in args.run:
        require_whole(folder)
    for folder in args.run:
        judge_run(folder, gate)
    return told_code(args.run)
