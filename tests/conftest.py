"""Puts this folder on the import path, so that tests can say `from oracles import ...`, and threads on good behaviour."""

import os

# Before torch or numba is loaded: their threads otherwise spin after each loop, which many small searches turn into minutes.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
