"""The files of a run that machines read."""

from pathlib import Path

from embdrift.files import whole_file
from embdrift.gates import Verdict
from embdrift.report.machine.comment import comment
from embdrift.report.machine.junit import junit_xml
from embdrift.report.machine.prometheus import SERIES_LIMIT, prometheus_text
from embdrift.results import SavedRun


def write_machine_files(run: SavedRun, verdict: Verdict, *, series_limit: int = SERIES_LIMIT) -> list[Path]:
    """Write `junit.xml`, `verdict.md` and `metrics.prom`; the same bytes for the same run and verdict.

    Args:
        run: the run
        verdict: what a gate found about it
        series_limit: Prometheus time series at most

    Returns:
        the paths written

    Raises:
        InputError: when a table of the run cannot be read
        StorageError: when a file cannot be written
    """
    contents = {
        "junit.xml": junit_xml(verdict, run.record),
        "verdict.md": comment(verdict, run.record).encode("utf-8"),
        "metrics.prom": prometheus_text(run, verdict, limit=series_limit),
    }
    return [_write(run.folder / name, content) for name, content in contents.items()]


def _write(path: Path, content: bytes) -> Path:
    with whole_file(path) as temporary:
        temporary.write_bytes(content)
    return path
