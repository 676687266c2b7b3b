"""A run as Prometheus time series."""

from embdrift.report.machine.prometheus.text_file import SERIES_LIMIT, prometheus_text

__all__ = ["SERIES_LIMIT", "prometheus_text"]
