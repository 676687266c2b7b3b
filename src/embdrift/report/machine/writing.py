"""The files of a run that machines read."""

from pathlib import Path

from embdrift.files import whole_file
from embdrift.gates import Verdict
from embdrift.report.machine.comment import comment
from embdrift.report.machine.junit import junit_xml
from embdrift.report.machine.prometheus import SERIES_LIMIT, prometheus_text
from embdrift.report.record import read_record
from embdrift.report.run_folder import require_whole


def write_machine_files(run_folder: Path, verdict: Verdict, *, series_limit: int = SERIES_LIMIT) -> list[Path]:
    """Write `junit.xml`, `verdict.md` and `metrics.prom`; the same bytes for the same run and verdict.

    Args:
        run_folder: a whole run
        verdict: what a gate found about it
        series_limit: Prometheus time series at most

    Returns:
        the paths written

    Raises:
        InputError: when the folder holds no whole run, or a table of it cannot be read
        StorageError: when a file cannot be written
    """
    folder = Path(run_folder)
    require_whole(folder)
    record = read_record(folder / "record.json")
    contents = {
        "junit.xml": junit_xml(verdict, record),
        "verdict.md": comment(verdict, record).encode("utf-8"),
        "metrics.prom": prometheus_text(folder, verdict, record, limit=series_limit),
    }
    return [_write(folder / name, content) for name, content in contents.items()]


def _write(path: Path, content: bytes) -> Path:
    with whole_file(path) as temporary:
        temporary.write_bytes(content)
    return path
