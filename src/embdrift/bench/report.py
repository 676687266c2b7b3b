"""A benchmark as files: JSON, a table with the machine described, and a plot."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import NullFormatter

from embdrift.bench.exact import OURS, Measurement
from embdrift.files import whole_file
from embdrift.report.plots.saving import save_figure
from embdrift.report.plots.style import house_style, new_figure


def write_benchmark(
    folder: Path,
    measurements: Sequence[Measurement],
    *,
    machine: Mapping[str, str],
    ceilings: Mapping[str, float],
    json_file: Path | None = None,
) -> list[Path]:
    """Write `exact.json`, `exact.md` and `exact.png` and `.svg`.

    Args:
        folder: where they go
        measurements: what was measured, ours first at every size
        machine: facts about the machine, by label
        ceilings: measured rate of matrix products by number format, thousand millions a second
        json_file: where the JSON goes instead
    Returns:
        the files
    Raises:
        StorageError: when one cannot be written
    """
    data = json_file or folder / "exact.json"
    with whole_file(data) as path:
        path.write_text(json.dumps([asdict(one) for one in measurements], indent=1) + "\n", encoding="utf-8")
    table = folder / "exact.md"
    with whole_file(table) as path:
        path.write_text(text(measurements, machine, ceilings), encoding="utf-8")
    with house_style():
        figure = new_figure(8.0, 3.6, "Exact neighbours: time and rate")
        _draw(figure.subplots(1, 2), measurements, ceilings)
        return [data, table, *save_figure(figure, folder / "exact")]


def text(measurements: Sequence[Measurement], machine: Mapping[str, str], ceilings: Mapping[str, float]) -> str:
    """The table in Markdown, under the machine it was measured on."""
    lines = ["# Exact search", ""]
    lines += [f"- {label}: {fact}" for label, fact in machine.items()]
    lines += [f"- {kind} products: {rate:,.0f} GFLOP/s" for kind, rate in ceilings.items()]
    lines += ["", "| system | n | d | k | seconds | range | GFLOP/s | times ours | peak MB | float64 agrees |"]
    lines += ["|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"]
    return "\n".join([*lines, *map(_line, measurements)]) + "\n"


def _line(one: Measurement) -> str:
    spread = f"{min(one.seconds_all):.2f} to {max(one.seconds_all):.2f}"
    peak = "" if one.peak_bytes is None else f"{one.peak_bytes / 1e6:,.0f}"
    return (
        f"| {one.system} | {one.n:,} | {one.d:,} | {one.k} | {one.seconds:.2f} | {spread} | {one.gflops:,.0f} |"
        f" {one.times_ours:.2f} | {peak} | {one.agrees_with_float64:.1%} |"
    )


def _draw(axes: Sequence[Axes], measurements: Sequence[Measurement], ceilings: Mapping[str, float]) -> None:
    left, right = axes
    for system in dict.fromkeys(one.system for one in measurements):
        chosen = sorted((one for one in measurements if one.system == system), key=lambda one: one.n)
        sizes = [one.n for one in chosen]
        width = 2.0 if system == OURS else 1.0
        left.loglog(sizes, [one.seconds for one in chosen], marker="o", linewidth=width, label=system)
        right.semilogx(sizes, [one.gflops for one in chosen], marker="o", linewidth=width)
    for kind, rate in ceilings.items():
        right.axhline(rate, linestyle=":", color="grey")
        right.annotate(
            f"{kind} matrix product", (0, rate), (4, 3), xycoords=("axes fraction", "data"),
            textcoords="offset points", color="grey", fontsize="small",
        )  # fmt: skip
    left.set(xlabel="vectors", ylabel="seconds")
    right.set(xlabel="vectors", ylabel="GFLOP/s, each pair counted twice", ylim=(0, None))
    left.legend(frameon=False)
    _label_plainly(left.yaxis)
    for one in axes:
        one.set_xticks(sorted({each.n for each in measurements}), minor=False)
        one.xaxis.set_major_formatter(_plain)
        one.xaxis.set_minor_formatter(NullFormatter())
        one.tick_params("x", labelrotation=30)


def _plain(value: float, _: float) -> str:
    return f"{value:,.6g}" if value < 1 else f"{value:,.0f}"


def _label_plainly(axis: Axis) -> None:
    axis.set_major_formatter(_plain)
    axis.set_minor_formatter(NullFormatter())
