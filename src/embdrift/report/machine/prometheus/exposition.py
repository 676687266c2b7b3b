"""Series as the text that Prometheus scrapes."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from embdrift.report.machine.prometheus.series import Buckets, Series


def exposition(series: Iterable[Series], helps: Mapping[str, str]) -> bytes:
    """The text format, families in the order of their names.

    Args:
        series: no two of one name with the same labels
        helps: what each metric measures, by its name
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot(series, helps))
    return generate_latest(registry)


class _Snapshot(Collector):
    """Hands finished series to prometheus-client, which escapes and orders them."""

    def __init__(self, series: Iterable[Series], helps: Mapping[str, str]) -> None:
        self._families: dict[str, list[Series]] = defaultdict(list)
        for one in series:
            self._families[one.name].append(one)
        self._helps = helps

    def collect(self) -> Iterator[Metric]:
        for name in sorted(self._families):
            yield _family(name, self._helps.get(name, name), self._families[name])


def _family(name: str, documentation: str, series: list[Series]) -> Metric:
    if isinstance(series[0].value, Buckets):
        family: Metric = HistogramMetricFamily(name, documentation)
    else:
        family = GaugeMetricFamily(name, documentation)
    for one in series:
        family.samples.extend(_samples(one))
    return family


def _samples(series: Series) -> Iterator[Sample]:
    labels, value = dict(series.labels), series.value
    if not isinstance(value, Buckets):
        yield Sample(series.name, labels, value)
        return
    for bound, count in zip(value.bounds, value.counts, strict=True):
        yield Sample(f"{series.name}_bucket", {**labels, "le": "+Inf" if bound == math.inf else f"{bound:g}"}, count)
    yield Sample(f"{series.name}_count", labels, value.counts[-1])
    yield Sample(f"{series.name}_sum", labels, value.total)
