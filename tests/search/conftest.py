import os

# Two OpenMP runtimes, torch's and numba's, spin after each parallel loop: small searches would take a hundred times longer.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
