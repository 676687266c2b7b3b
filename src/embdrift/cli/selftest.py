"""`embdrift selftest`: known faults planted in vectors, and who notices them."""

import argparse
from pathlib import Path

MISSED = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `embdrift selftest` takes."""
    parser.add_argument(
        "--vectors", metavar="FILE", help="plant faults in a random sample of these, not in made-up ones"
    )
    parser.add_argument("--items", type=int, default=2000, metavar="N", help="vectors at most (default 2000)")
    parser.add_argument("--faults", metavar="NAMES", help="only these, with commas between them (default: all)")
    parser.add_argument("--gate", default="default", metavar="GATE", help="preset or YAML file that judges (default)")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="times that each is planted (default 3)")
    parser.add_argument(
        "--calibration", type=int, default=100, metavar="N", help="times that each test is tried on no change (100)"
    )
    parser.add_argument("--json", metavar="FILE", help="where the JSON goes; by default beside the tables")
    parser.add_argument("--out", default="results/selftest", metavar="FOLDER", help="where tables and heat map go")


def run(args: argparse.Namespace) -> int:
    """Plant, measure, print the tables, and write them.

    Returns:
        0 when nothing that must be noticed was missed and nothing harmless was called harm, else 3
    Raises:
        InputError: when the vectors or the gate cannot be used
        StorageError: when something cannot be written
    """
    from embdrift.cli.console import console_progress
    from embdrift.data import read
    from embdrift.gates import read_gate
    from embdrift.selftest import SelfTestSettings, self_test, selftest_text, write_selftest

    gate = read_gate(args.gate)
    faults = tuple(name.strip() for name in args.faults.split(",")) if args.faults else ()
    settings = SelfTestSettings(items=args.items, seeds=args.seeds, calibration=args.calibration, faults=faults)
    vectors = None if args.vectors is None else read(args.vectors).vectors
    with console_progress() as progress:
        found = self_test(gate, settings, vectors=vectors, source=args.vectors, progress=progress)
    print(selftest_text(found), end="")
    for path in write_selftest(Path(args.out), found, json_file=Path(args.json) if args.json else None):
        print(path)
    return 0 if found.trusted else MISSED
