"""The catalog as Markdown, for the blocks of `results/README.md` that are written from it."""

import re
from collections.abc import Iterator, Sequence

from embdrift.errors import InputError
from embdrift.metrics.catalog.metric import IntervalKind, Level, Metric, Topic
from embdrift.metrics.catalog.registry import all_metrics, metric_named, studies


def with_blocks(text: str) -> str:
    """A Markdown text with its blocks `<!-- catalog: NAME -->` … `<!-- end -->` written anew.

    Args:
        text: with a block `metrics` and a block `per_query`
    Raises:
        InputError: when it lacks one of them
    """
    for name, lines in (("metrics", _metric_tables()), ("per_query", _per_query())):
        begin = f"<!-- catalog: {name} -->"
        pattern = re.compile(f"{begin}\n.*?<!-- end -->", re.DOTALL)
        found = pattern.search(text)
        if found is None:
            raise InputError(f"the text must hold a block {begin} … <!-- end -->, got none")
        block = "\n".join([begin, *lines, "<!-- end -->"])
        text = text[: found.start()] + block + text[found.end() :]
    return text


def _metric_tables() -> Iterator[str]:
    for study in studies():
        measured = [metric for metric in all_metrics() if metric.study == study and not _follows(metric)]
        for topic in Topic:
            chosen = [metric for metric in measured if metric.topic is topic]
            if chosen:
                yield from (f"**`{study}`: {topic.value[0].lower()}{topic.value[1:]}**", "")
                yield from ("| metric | what | unit | if nothing changed | interval |", "|---|---|---|---|---|")
                yield from (_row(metric) for metric in chosen)
                yield ""


def _follows(metric: Metric) -> bool:
    """Whether it is listed with the metric that it follows from."""
    return metric.role in metric_named(metric.base).derived if metric.base else False


def _row(metric: Metric) -> str:
    names = [metric.name, *(metric.row_name(role) for role in metric.derived)]
    cells = [
        ", ".join(f"`{name}`" for name in names),
        f"{metric.label_at(None)}: {metric.definition}{_places(metric)}",
        metric.unit.value,
        _resting(metric),
        "" if metric.interval is IntervalKind.none else metric.interval.value,
    ]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _places(metric: Metric) -> str:
    """At which k it is measured, where that is not the headline k, and whether cohorts have it."""
    levels = {Level.first: " At k = 1.", Level.depth: " At the depth searched."}
    at = " At every k." if metric.every_k else levels.get(metric.level, "")
    return f"{at} Per cohort too." if metric.cohorts else at


def _resting(metric: Metric) -> str:
    if metric.resting is None:
        return ""
    return "the reference's" if metric.own else f"{metric.resting:g}"


def _per_query() -> Iterator[str]:
    columns = [metric for metric in all_metrics() if metric.column]
    yield _listed([metric.name for metric in columns if metric.per_query is not None])
    yield "and, in scope `corpus`,"
    yield _listed([metric.name for metric in columns if metric.per_query is None])


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
