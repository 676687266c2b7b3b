"""`python -m embdrift.index JOB OUTCOME`: how a sweep starts the process of one index."""

import sys

from embdrift.index.worker import main

if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
