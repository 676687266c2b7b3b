"""`embdrift monitoring`: alerts and a dashboard to take along, and a run's metrics where Prometheus finds them."""

import argparse
from pathlib import Path

from embdrift.errors import InputError

FILES = ("alerts.yaml", "alerts_test.yaml", "dashboard.json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `embdrift monitoring` takes."""
    parser.add_argument(
        "--out", metavar="DIR", type=Path, help=f"write {FILES[0]}, its unit tests and Grafana's {FILES[2]} there"
    )
    parser.add_argument("--run", metavar="RUN", type=Path, help="a run folder that was judged (`embdrift gate RUN`)")
    parser.add_argument(
        "--textfile",
        metavar="DIR",
        type=Path,
        help="publish the run's metrics.prom in this folder of the node exporter (--collector.textfile.directory)",
    )


def run(args: argparse.Namespace) -> int:
    """Write what was asked for; files that are there already are replaced.

    Raises:
        InputError: when nothing is asked for, or the run was not judged
        StorageError: when a file cannot be written
    """
    if (args.run is None) != (args.textfile is None):
        raise InputError("--run RUN and --textfile DIR go together: which run, and the folder that the exporter reads")
    if args.out is None and args.run is None:
        raise InputError("embdrift monitoring needs --out DIR for alerts and dashboard, or --run RUN --textfile DIR")
    written = [] if args.out is None else _take_along(args.out)
    written += [] if args.run is None else [_publish(args.run, args.textfile)]
    for path in written:
        print(path)
    return 0


def _take_along(folder: Path) -> list[Path]:
    from embdrift.files import CONFIGS

    return [_copy(CONFIGS / "monitoring" / name, folder / name) for name in FILES]


def _publish(run_folder: Path, folder: Path) -> Path:
    """One file a name of a run: the next run of that name replaces it, another one stands beside it."""
    from embdrift.results import SavedRun, require_plain_name

    run = SavedRun(run_folder)
    metrics = run_folder / "metrics.prom"
    if not metrics.is_file():
        raise InputError(f"{run_folder} holds no metrics.prom: judge the run first, with `embdrift gate {run_folder}`")
    if not folder.is_dir():
        raise InputError(f"--textfile must be the folder that the node exporter reads, and {folder} is none")
    name = run.record.name
    require_plain_name(name)
    return _copy(metrics, folder / f"embdrift_{name}.prom")


def _copy(source: Path, target: Path) -> Path:
    from embdrift.files import whole_file

    with whole_file(target) as temporary:
        temporary.write_bytes(source.read_bytes())
    return target
