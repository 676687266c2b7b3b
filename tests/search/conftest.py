import os

# torch and numba each bring an OpenMP that spins after every loop: small searches would take a hundred times longer.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
