"""A report's two pages, as files."""

from pathlib import Path

from embdrift.files import whole_file
from embdrift.report.content import Content
from embdrift.report.html import html
from embdrift.report.markdown import markdown


def write_pages(folder: Path, report: Content) -> Path:
    """Write `report.md` and `report.html` into a run folder; the same bytes each time.

    Args:
        folder: the run folder; nothing that the run wrote is changed
        report: what the pages say

    Returns:
        the path of `report.html`

    Raises:
        StorageError: when a file cannot be written
    """
    _write(folder / "report.md", markdown(report))
    return _write(folder / "report.html", html(report))


def _write(path: Path, text: str) -> Path:
    with whole_file(path) as temporary:
        temporary.write_bytes(text.encode("utf-8"))
    return path
