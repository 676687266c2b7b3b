"""`embdrift cache`: the exact neighbour tables that are kept, and their removal."""

import argparse
import math
from datetime import datetime

from embdrift.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `embdrift cache` takes."""
    parser.add_argument("action", choices=["list", "prune"], help="show what is kept, or remove it")
    parser.add_argument("--keep", metavar="GB", type=float, help="gigabytes to keep (default 0: remove all)")


def run(args: argparse.Namespace) -> int:
    """List or prune kept tables.

    Raises:
        InputError: when `--keep` is negative or does not go with the action
    """
    from embdrift.cache import TableCache

    cache = TableCache()
    if args.action == "prune":
        if args.keep is not None and not 0 <= args.keep < math.inf:
            raise InputError(f"--keep must be a number of gigabytes, 0 or more, got {args.keep}")
        removed = cache.prune(int((args.keep or 0) * 1e9))
        print(f"removed {len(removed)} tables, {sum(table.size_bytes for table in removed) / 1e6:.1f} MB")
        return 0
    if args.keep is not None:
        raise InputError("--keep goes with prune")
    tables = cache.kept()
    for table in tables:
        used = datetime.fromtimestamp(table.last_used).strftime("%Y-%m-%d %H:%M")
        size = f"{table.size_bytes / 1e6:10.1f} MB"
        print(f"{used} {size}  {table.rows:,} rows, {table.depth} deep  {table.folder.parent.name[:12]}")
    total = sum(table.size_bytes for table in tables)
    print(f"{len(tables)} tables, {total / 1e6:.1f} MB of at most {cache.limit_bytes / 1e9:.0f} GB in {cache.folder}")
    return 0
