"""Puts this folder on the import path (`from oracles import ...`), and keeps threads from spinning."""

import os

# Before torch or numba is loaded: threads that spin after each loop turn many small searches into minutes.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
