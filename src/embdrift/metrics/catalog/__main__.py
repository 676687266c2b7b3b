"""Writes the tables of metrics into the description of results: `python -m embdrift.metrics.catalog [FILE]`."""

import sys
from pathlib import Path

from embdrift.metrics.catalog.markdown import with_blocks

path = Path(sys.argv[1] if len(sys.argv) > 1 else "results/README.md")
path.write_text(with_blocks(path.read_text("utf-8")), "utf-8")
