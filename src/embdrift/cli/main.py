"""The command `embdrift`: one subcommand a file, loaded when it is called."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version

from embdrift.errors import EmbdriftError, InputError, StorageError

COMMANDS = {
    "run": "run an experiment and write its report",
    "report": "write the report of a saved run again",
    "check": "say what is in vector files, and what is wrong with them",
    "embed": "turn texts into versioned vectors",
    "cache": "list or prune the exact neighbour tables that are kept",
}
USAGE_ERROR, FAILURE, INTERRUPTED = 2, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: the command line without the program's name; None for the process's own
    Returns:
        0 when the work is done, 2 when what was given cannot be used, 1 when something could not be written
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _dispatch(given)
    except InputError as error:
        _complain(error)
        return USAGE_ERROR
    except StorageError as error:
        _complain(error)
        return FAILURE
    except KeyboardInterrupt:
        print("embdrift: stopped; finished work is kept, run the same command again to go on", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        return FAILURE


def _dispatch(given: list[str]) -> int:
    if given and given[0] in COMMANDS:
        command = import_module(f"embdrift.cli.{given[0]}")
        parser = argparse.ArgumentParser(
            prog=f"embdrift {given[0]}", description=f"{COMMANDS[given[0]].capitalize()}.", allow_abbrev=False
        )
        command.add_arguments(parser)
        code: int = command.run(parser.parse_intermixed_args(given[1:]))
        return code
    _top_level().parse_args(given)
    return 0


def _top_level() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="embdrift",
        description="What changes in retrieval when an embedding model changes: exact, on the whole corpus.",
        epilog="`embdrift COMMAND --help` tells more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"embdrift {version('embdrift')}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, does in COMMANDS.items():
        commands.add_parser(name, help=does)
    return parser


def _complain(error: EmbdriftError) -> None:
    print(f"embdrift: {error}", file=sys.stderr)
