"""Each index in a process of its own: memory is told apart, and what hangs or crashes takes nothing else with it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from embdrift.index.job import Job, Outcome, State, read_outcome, write_job


def run_job(job: Job, *, time_limit_seconds: float) -> Outcome:
    """Do a job in a new Python process.

    Args:
        job: what to build and search
        time_limit_seconds: after so long the process is ended and the outcome says "timed out"
    """
    # Beside the vectors, whose folder is removed by the next run where this one is killed.
    with tempfile.TemporaryDirectory(prefix="job-", dir=Path(job.queries).parent) as folder:
        told, answer, log = (Path(folder) / name for name in ("job.json", "outcome.npz", "log.txt"))
        write_job(told, job)
        code = _run([str(told), str(answer)], log, _environment(job), time_limit_seconds)
        if code is None:
            return Outcome(State.timed_out, f"{job.build.name} took longer than the limit of {time_limit_seconds:g} s")
        if code == 0:
            return read_outcome(answer)
        return Outcome(State.failed, _reason(job, code, log))


def _run(arguments: list[str], log: Path, environment: dict[str, str], limit: float) -> int | None:
    """Exit code of the process; None when it took too long."""
    with log.open("wb") as file:
        # A new interpreter, not multiprocessing: it needs no main guard in the caller's script, and none in a notebook.
        process = subprocess.Popen(
            [sys.executable, "-m", "embdrift.index", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=file,
            env=environment,
        )
        try:
            return process.wait(timeout=limit)
        except subprocess.TimeoutExpired:
            return None
        finally:
            process.kill()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()


def _environment(job: Job) -> dict[str, str]:
    threads = str(job.build_threads)
    source = str(Path(__file__).parents[2])
    path = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
    # BLAS sums in another order with more threads, so it gets those of the build in every phase.
    blas = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
    return {**os.environ, **blas, "OMP_NUM_THREADS": threads, "PYTHONPATH": path}


def _reason(job: Job, code: int, log: Path) -> str:
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    if code == -9:
        return (
            f"{job.build.name}: its process was ended by the system, most likely for lack of memory; use fewer vectors"
        )
    said = lines[-1] if lines else "it said nothing"
    how = f"crashed with signal {-code}" if code < 0 else "stopped with an error"
    return f"{job.build.name}: its process {how} ({said.strip()[:200]}); leave this index out"
