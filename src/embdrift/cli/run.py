"""`embdrift run`: an experiment, from the command line's flags and any Hydra override."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from embdrift.errors import InputError

if TYPE_CHECKING:
    from embdrift.config import RunConfig

_EXAMPLES = """\
examples:
  embdrift run quickstart
  embdrift run neighbor_shift --reference old.npy --candidate new=new.npy
  embdrift run neighbor_shift --reference old.npy --candidate a=a.npy --candidate b=b.npy k=20 similarity=l2
  embdrift run neighbor_shift --reference old.npy --candidate new=new.npy -m k=10,100
  embdrift run drift --reference old.npy --candidate new=new.npy --gate
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `embdrift run` takes."""
    from embdrift.config.setting_lists import help_text

    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = f"{_EXAMPLES}\n{help_text()}"
    parser.add_argument("experiment", help="name of an experiment, or a .yaml file of your own")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="any setting, as Hydra reads it: k=20")
    vectors = parser.add_argument_group("vectors")
    vectors.add_argument("--reference", metavar="FILE", help="vectors of the version in use")
    vectors.add_argument(
        "--candidate",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="a version that might replace it; repeat for more",
    )
    vectors.add_argument("--reference-queries", metavar="FILE", help="query vectors of the reference")
    vectors.add_argument(
        "--candidate-queries", action="append", default=[], metavar="NAME=FILE", help="query vectors of a candidate"
    )
    vectors.add_argument(
        "--reference-again", metavar="FILE", help="a second encoding of the reference: the noise floor"
    )
    vectors.add_argument("--ids", metavar="FILE", help="ids of all corpus files, where these hold none")
    vectors.add_argument("--query-ids", metavar="FILE", help="ids of all query files, where these hold none")
    about = parser.add_argument_group("about the items")
    about.add_argument("--items", metavar="FILE", help="table with an id column, cohorts and perhaps a text column")
    about.add_argument("--qrels", metavar="FILE", help="relevance judgements")
    how = parser.add_argument_group("how to run")
    how.add_argument("--out", metavar="DIR", help="run folder (default: results/NAME/TIME)")
    how.add_argument("--replace", action="store_true", help="overwrite a finished run in --out")
    how.add_argument("--query-sample", type=int, metavar="N", help="measure N sampled rows against the whole corpus")
    how.add_argument("--experiments", metavar="DIR", help="look for experiments in this folder too")
    how.add_argument("-m", "--multirun", action="store_true", help="sweep over comma-separated values")
    how.add_argument(
        "--gate",
        nargs="?",
        const="default",
        metavar="PRESET|FILE",
        help="judge the run: exit 0 pass or warning, 3 fail, 4 inconclusive (default, strict, lenient, absolute)",
    )
    how.add_argument("--dry-run", action="store_true", help="say what would run, with time, memory and disk, and stop")


def run(args: argparse.Namespace) -> int:
    """Run what the arguments say; 0 when the work is done, whatever it found, unless a gate is to judge it.

    Raises:
        InputError: when arguments, settings or inputs cannot be used; nothing is left behind then
        StorageError: when something cannot be written
    """
    from embdrift.cli.flags import flag_overrides
    from embdrift.cli.gate import require_no_gate_setting
    from embdrift.config import chosen_experiment

    require_no_gate_setting(args.overrides)
    folder = None if args.experiments is None else Path(args.experiments).expanduser()
    with chosen_experiment(args.experiment, folder=folder) as experiment:
        overrides = [experiment, *flag_overrides(args), *args.overrides]
        return _sweep(overrides, args) if args.multirun else _single(overrides, args)


def _single(overrides: Sequence[str], args: argparse.Namespace) -> int:
    from embdrift.config import compose_run

    run_config = compose_run(overrides)
    # These load torch, and a wrong setting is answered before it is loaded.
    from embdrift.cli.console import console_progress
    from embdrift.cli.gate import chosen_gate, print_verdicts
    from embdrift.cli.job import dry_run, run_job, tell
    from embdrift.config import require_settings
    from embdrift.results import require_free

    _tell_old_word(run_config)
    gate = chosen_gate(args.gate)
    require_settings(run_config)
    folder = _folder(args, run_config.name)
    require_free(folder, replace=args.replace)

    with console_progress() as progress:
        if args.dry_run:
            print(f"{dry_run(run_config, progress)}\nwould write {folder}")
            return 0
        run_job(run_config, folder, overwrite=args.replace, progress=progress, gate=gate)
    print(tell(folder))
    return 0 if gate is None else print_verdicts([folder])


def _sweep(overrides: Sequence[str], args: argparse.Namespace) -> int:
    from embdrift.config import sweep, sweep_runs

    runs = sweep_runs(overrides)
    from embdrift.cli.console import console_progress
    from embdrift.cli.gate import chosen_gate, print_verdicts
    from embdrift.cli.job import dry_run, sweep_job, tell
    from embdrift.config import require_settings
    from embdrift.results import removed_if_empty, require_free_for_sweep

    _tell_old_word(*runs)
    gate = chosen_gate(args.gate)
    for one in runs:
        require_settings(one)
    folder = _folder(args, "sweep")
    require_free_for_sweep(folder, replace=args.replace)

    if args.dry_run:
        with console_progress() as progress:
            for number, one in enumerate(runs):
                print(f"job {number}\n{dry_run(one, progress)}")
        print(f"would write {folder}")
        return 0
    with removed_if_empty(folder):
        finished = sweep(overrides, folder, partial(sweep_job, gate=gate))
    for path in finished:
        print(f"{path.name}\n{tell(path)}")
    if len(finished) < len(runs):
        raise InputError(
            f"{len(runs) - len(finished)} of {len(runs)} jobs of the sweep could not run, for the reasons above"
        )
    return 0 if gate is None else print_verdicts(finished)


def _tell_old_word(*runs: "RunConfig") -> None:
    from embdrift.config.schema import old_word_sentence

    sentence = old_word_sentence(*runs)
    if sentence:
        print(f"embdrift: {sentence}", file=sys.stderr)


def _folder(args: argparse.Namespace, name: str) -> Path:
    from embdrift.results import default_folder

    if args.out == "":
        raise InputError("--out must name a folder, got an empty text")
    return default_folder(name) if args.out is None else Path(args.out).expanduser()
