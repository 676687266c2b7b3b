"""`embdrift run`: an experiment, from the command line's flags and any Hydra override."""

import argparse
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from embdrift.errors import InputError

_EPILOG = """\
examples:
  embdrift run quickstart
  embdrift run neighbor_shift --reference old.npy --candidate new=new.npy
  embdrift run neighbor_shift --reference old.npy --candidate a=a.npy --candidate b=b.npy k=20 metric=l2
  embdrift run neighbor_shift --reference old.npy --candidate new=new.npy -m k=10,100
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `embdrift run` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
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
    how.add_argument("--dry-run", action="store_true", help="say what would run, with time, memory and disk, and stop")


def run(args: argparse.Namespace) -> int:
    """Run what the arguments say; 0 when the work is done, whatever it found.

    Raises:
        InputError: when arguments, settings or inputs cannot be used; nothing is left behind then
        StorageError: when something cannot be written
    """
    from embdrift.config import EXPERIMENT_ROOTS

    with tempfile.TemporaryDirectory(prefix="embdrift-") as scratch:
        before = list(EXPERIMENT_ROOTS)
        try:
            overrides = [_experiment_override(args, Path(scratch)), *_flag_overrides(args), *args.overrides]
            return _sweep(overrides, args) if args.multirun else _single(overrides, args)
        finally:
            EXPERIMENT_ROOTS[:] = before


def _experiment_override(args: argparse.Namespace, scratch: Path) -> str:
    """Choose the experiment, after making its folder known to Hydra."""
    from embdrift.config import EXPERIMENT_ROOTS, experiment_names, experiment_root, override

    if args.experiment.endswith((".yaml", ".yml")):
        root, name = experiment_root(Path(args.experiment).expanduser(), scratch)
        EXPERIMENT_ROOTS.append(root)
        return override("experiments", name)
    if args.experiments is not None:
        folder = Path(args.experiments).expanduser()
        if not folder.is_dir():
            raise InputError(f"--experiments must be a folder of .yaml files, and {folder} is none")
        link = scratch / "experiments"
        link.symlink_to(folder.resolve(), target_is_directory=True)
        EXPERIMENT_ROOTS.append(scratch)
    if Path("experiments").is_dir():
        EXPERIMENT_ROOTS.append(Path.cwd())
    if args.experiment not in experiment_names():
        raise InputError(_no_experiment(args.experiment, experiment_names()))
    return override("experiments", args.experiment)


def _no_experiment(name: str, known: list[str]) -> str:
    import difflib

    close = difflib.get_close_matches(name, known, n=1)
    hint = f", did you mean {close[0]!r}?" if close else ""
    return (
        f"there is no experiment {name!r}{hint}; there are {', '.join(known)}, and a file of your own must end in .yaml"
    )


def _flag_overrides(args: argparse.Namespace) -> list[str]:
    """The command line's own flags as overrides."""
    from embdrift.config import override
    from embdrift.config.overrides import Value

    found: list[str] = []
    queries = dict(_named(one, "--candidate-queries") for one in args.candidate_queries)
    if args.reference is not None:
        found.append(override("reference.name", Path(args.reference).stem))
        found.append(override("reference.path", args.reference))
    for key, value in (
        ("reference.queries", args.reference_queries),
        ("reference.ids", args.ids),
        ("reference.query_ids", args.query_ids if args.reference_queries else None),
        ("dataset.items", args.items),
        ("dataset.qrels", args.qrels),
        ("study.query_sample", args.query_sample),
    ):
        if value is not None:
            found.append(override(key, value))
    candidates: list[Value] = []
    for one in args.candidate:
        name, path = _named(one, "--candidate")
        version: dict[str, Value] = {"name": name, "path": path}
        if name in queries:
            version["queries"] = queries.pop(name)
            version["query_ids"] = args.query_ids
        candidates.append(version | {"ids": args.ids})
    if queries:
        raise InputError(f"--candidate-queries names {next(iter(queries))!r}, which no --candidate has")
    if candidates:
        found.append(override("candidates", candidates))
    if args.reference_again is not None:
        again: dict[str, Value] = {"name": "reference again", "path": args.reference_again, "ids": args.ids}
        found.append(override("again", again))
    return found


def _named(text: str, flag: str) -> tuple[str, str]:
    """NAME=FILE; a file alone is named after itself."""
    name, equals, path = text.partition("=")
    if not equals or "/" in name:
        return Path(text).stem, text
    if not name or not path:
        raise InputError(f"{flag} must be NAME=FILE, got {text!r}")
    return name, path


def _single(overrides: Sequence[str], args: argparse.Namespace) -> int:
    from embdrift.cli.console import console_progress
    from embdrift.config import compose_run
    from embdrift.results import default_folder, require_free

    run_config = compose_run(overrides)
    folder = Path(args.out).expanduser() if args.out else default_folder(run_config.name)
    require_free(folder, replace=args.replace)
    from embdrift.cli.job import dry_run, run_job, tell

    if args.dry_run:
        print(dry_run(run_config, folder, console_progress()))
        return 0
    run_job(run_config, folder, overwrite=args.replace, progress=console_progress())
    print(tell(folder))
    return 0


def _sweep(overrides: Sequence[str], args: argparse.Namespace) -> int:
    from embdrift.config import sweep
    from embdrift.config.sweeping import sweep_jobs

    if args.dry_run:
        for number, job in enumerate(sweep_jobs(overrides)):
            print(f"job {number}: {' '.join(job)}")
        return 0
    folder = Path(args.out) if args.out else Path("results") / "sweep" / datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    from embdrift.cli.job import sweep_job, tell

    unfinished = sweep(overrides, folder, sweep_job)
    for path in sorted(path for path in folder.iterdir() if (path / "record.json").exists()):
        print(tell(path))
    if unfinished:
        raise InputError(f"{len(unfinished)} jobs of the sweep did not finish, the first in {unfinished[0]}")
    return 0
