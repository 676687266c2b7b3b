"""The command `embdrift`: one subcommand a file, loaded when it is called."""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from embdrift.cli.parser import SentenceParser
from embdrift.errors import InputError, StorageError

COMMANDS = {
    "run": "run an experiment and write its report",
    "gate": "judge a saved run by rules: pass, warning, fail or inconclusive",
    "report": "write the report of a saved run again",
    "check": "say what is in vector files, and what is wrong with them",
    "embed": "turn texts into versioned vectors",
    "cache": "list or prune the exact neighbour tables that are kept",
    "monitoring": "write Prometheus alerts and a Grafana dashboard, or publish a run's metrics",
    "bench": "measure exact search on this machine against other systems",
    "selftest": "plant known faults in vectors and see which measures and gates notice them",
}
USAGE_ERROR, FAILURE, INTERRUPTED = 2, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: the command line without the program's name; None for the process's own
    Returns:
        0 when the work is done, 3 or 4 when a gate failed it or could not tell, 2 when what was given cannot be used,
        1 when something could not be written, 130 when Ctrl-C stopped it
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Before torch is loaded: its idle threads would otherwise keep those of other libraries from working.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    _make_printable()
    try:
        return _answered(given)
    except BrokenPipeError:
        # Whoever read the output has gone.
        _close_quietly()
        return FAILURE


def _answered(given: list[str]) -> int:
    try:
        _require_unicode(given)
        code = _dispatch(given)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except InputError as error:
        return _complain(str(error), USAGE_ERROR)
    except StorageError as error:
        return _complain(str(error), FAILURE)
    except KeyboardInterrupt:
        return _complain("stopped; finished work is kept, run the same command again to go on", INTERRUPTED)
    except BrokenPipeError:
        raise
    except OSError as error:
        code = _complain(f"the system refused to go on: {error}", FAILURE)
        _close_quietly()
        return code


def _close_quietly() -> None:
    """Python would complain once more about what it could not write when it closes the streams."""
    for stream, own in ((sys.stdout, sys.__stdout__), (sys.stderr, sys.__stderr__)):
        if stream is own and own is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), own.fileno())


def _make_printable() -> None:
    """Names may hold letters that the terminal's encoding lacks; they are then written as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _require_unicode(given: Sequence[str]) -> None:
    for one in given:
        try:
            one.encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"the argument {one!r} is not text in this system's encoding: rename it, or set a UTF-8 locale"
            ) from error


def _dispatch(given: list[str]) -> int:
    if given and given[0] in COMMANDS:
        command = import_module(f"embdrift.cli.{given[0]}")
        parser = SentenceParser(
            prog=f"embdrift {given[0]}", description=f"{COMMANDS[given[0]].capitalize()}.", allow_abbrev=False
        )
        command.add_arguments(parser)
        code: int = command.run(parser.parse_intermixed_args(given[1:]))
        return code
    _top_level().parse_args(given)
    return 0


class _PrintVersion(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"embdrift {version('embdrift')}")
        parser.exit()


def _top_level() -> argparse.ArgumentParser:
    parser = SentenceParser(
        prog="embdrift",
        description="What changes in retrieval when an embedding model changes: exact, on the whole corpus.",
        epilog="`embdrift COMMAND --help` tells more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_PrintVersion, nargs=0, help="show the version and stop")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, does in COMMANDS.items():
        commands.add_parser(name, help=does)
    return parser


def _complain(sentence: str, code: int) -> int:
    print(f"embdrift: {sentence}", file=sys.stderr, flush=True)
    return code
