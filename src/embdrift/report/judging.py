"""A gate on a saved run, with everything that is written about its verdict."""

from pathlib import Path

from embdrift.gates import Gate, Verdict, write_verdict
from embdrift.report.machine import write_machine_files
from embdrift.report.registry import report
from embdrift.results import SavedRun


def judge_run(run_folder: Path, gate: Gate) -> Verdict:
    """Judge a saved run: write `verdict.json`, the files that machines read, and the report with the verdict on top.

    Args:
        run_folder: a whole run, of any study; its figures are read and nothing is measured again
        gate: the rules
    Returns:
        the verdict
    Raises:
        InputError: when it is no whole run folder, or a file in it cannot be read
        StorageError: when a file cannot be written
    """
    run = SavedRun(run_folder)
    verdict = write_verdict(run, gate)
    write_machine_files(run, verdict)
    report(run.folder)
    return verdict
