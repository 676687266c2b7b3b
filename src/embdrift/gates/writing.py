"""The verdict of a run, written beside its figures."""

from pathlib import Path

from embdrift.files import whole_file
from embdrift.gates.judging import judge
from embdrift.gates.rule import Gate
from embdrift.gates.run_files import read_run
from embdrift.gates.verdict import Verdict

VERDICT_FILE = "verdict.json"
"""The name of a verdict in its run folder."""


def write_verdict(run_folder: Path, gate: Gate) -> Verdict:
    """Judge a saved run and write `verdict.json` into its folder.

    Args:
        run_folder: a whole run, of any study
        gate: the rules
    Returns:
        the verdict
    Raises:
        InputError: when it is no whole run folder, or a file in it cannot be read
        StorageError: when the verdict cannot be written
    """
    folder = Path(run_folder)
    run = read_run(folder)
    verdict = judge(run.summary, run.record, run.tables, gate)
    with whole_file(folder / VERDICT_FILE) as path:
        path.write_text(verdict.to_json(), "utf-8")
    return verdict
