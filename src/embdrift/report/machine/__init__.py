"""A verdict for machines: JUnit XML, Markdown for a pull request, Prometheus's text format."""

from embdrift.report.machine.writing import write_machine_files

__all__ = ["write_machine_files"]
