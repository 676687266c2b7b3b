"""`embdrift report RUN`: tables, plots and report again from a saved run."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `embdrift report` takes."""
    parser.add_argument("run", metavar="RUN", type=Path, help="a run folder")


def run(args: argparse.Namespace) -> int:
    """Write the report again; nothing is recomputed.

    Raises:
        InputError: when it is not a whole run folder
        StorageError: when the report cannot be written
    """
    from embdrift.report import report

    print(f"report: {report(args.run)}")
    return 0
