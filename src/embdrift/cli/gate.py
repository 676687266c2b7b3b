"""`embdrift gate RUN`: judge a saved run by rules; the verdict on the terminal and as an exit code."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from embdrift.errors import InputError

if TYPE_CHECKING:
    from embdrift.gates import Gate

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
    from embdrift.report import judge_run
    from embdrift.results import require_whole

    gate = chosen_gate(args.gate)
    assert gate is not None
    for folder in args.run:
        require_whole(folder)
    for folder in args.run:
        judge_run(folder, gate)
    return print_verdicts(args.run)


def chosen_gate(given: str | None) -> "Gate | None":
    """The gate that `--gate` names, read before anything long begins.

    Raises:
        InputError: when it is no gate
    """
    if given is None:
        return None
    from embdrift.gates import read_gate

    if "=" in given and not Path(given).exists():
        raise InputError(f"--gate takes a preset or a file, got {given!r}: write --gate=default, or put --gate last")
    return read_gate(given)


def require_no_gate_setting(overrides: Sequence[str]) -> None:
    """Say how a gate is chosen to those who look for it among the settings, where it would be one more Hydra group.

    Raises:
        InputError: when an override sets `gate`
    """
    for one in overrides:
        key, _, value = one.partition("=")
        if key.lstrip("+~") == "gate":
            raise InputError(f"{one!r} is no setting of a run: choose a gate with --gate {value or 'default'}")


def print_verdicts(folders: Sequence[Path]) -> int:
    """Print the verdict of each run, and return the exit code of the worst."""
    from embdrift.gates import exit_code, read_verdict, worst
    from embdrift.results import VERDICT_FILE

    for folder in folders:
        if len(folders) > 1:
            print(folder.name)
        print("\n".join(_lines(folder)))
    return exit_code(worst(read_verdict(folder / VERDICT_FILE).outcome for folder in folders))


def _lines(folder: Path) -> Iterator[str]:
    """The verdict of a run as a few lines: per candidate the finding, what did not pass, and likely causes."""
    from embdrift.report.gate_block import gate_block

    block = gate_block(folder)
    assert block is not None
    yield block.title
    for one in block.candidates:
        yield f"  {one.name}: {one.outcome}. {one.finding}"
        yield from (f"    {rule.outcome}: {rule.sentence}" for rule in one.rules)
        if one.further:
            yield f"    {len(one.further)} more that did not pass are in verdict.json"
        yield from (f"    likely cause: {cause.name}. {cause.evidence}" for cause in one.causes)
        yield f"    {one.rest}"
