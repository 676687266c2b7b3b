"""A run of its own that wants one table from the cache and computes it block by block; started by the tests.

Arguments: the cache's folder, a log that gets a line per computed block, and a file to wait for after `WAIT_AFTER`
blocks. It prints a line when it starts to wait for that file or for another run.
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch

import embdrift.cache.tables
from embdrift.cache import TableCache
from embdrift.search import exact_blocks, search_task

WAIT_AFTER = 3
BLOCK = 16


def wanted_task():
    """A search whose neighbors tie beyond what the table holds."""
    vectors = np.random.default_rng(5).integers(-1, 2, (100, 4)).astype(np.float32)
    vectors[:, 0] = 2
    return search_task(torch.from_numpy(vectors), 3)


def say(line):
    """Tell the test at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Speaking:
    """Says what the run waits for."""

    def start(self, label, total, done=0):
        say(label)

    def advance(self, amount):
        pass

    def finish(self):
        pass


def main(folder, log, gate):
    """Compute the table, or take it from the cache."""

    def blocks(task, *, device, start=0):
        for count, part in enumerate(exact_blocks(task, device="cpu", start=start, block_queries=BLOCK)):
            if count == WAIT_AFTER and not Path(gate).exists():
                say("at the gate")
                while not Path(gate).exists():
                    time.sleep(0.01)
            with Path(log).open("a") as file:
                file.write("block\n")
            yield part

    embdrift.cache.tables.exact_blocks = blocks
    cache = TableCache(Path(folder))
    cache.neighbors(wanted_task(), corpus_fingerprint="c", query_fingerprint="c", progress=Speaking())


if __name__ == "__main__":
    main(*sys.argv[1:])
