"""A self-test as files: text, JSON, tables and a heat map."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from embdrift.files import whole_file
from embdrift.report.plots.saving import save_figure
from embdrift.report.plots.selftest_heatmap import selftest_heatmap
from embdrift.report.plots.style import house_style
from embdrift.selftest.noticing import main_measure
from embdrift.selftest.result import SelfTest
from embdrift.selftest.shares import harm_of, share_alarmed, share_noticed
from embdrift.selftest.text import conclusion, selftest_text

FORMAT_VERSION = 1


def write_selftest(folder: Path, found: SelfTest, *, json_file: Path | None = None) -> list[Path]:
    """Write `selftest.md`, `selftest.json`, tables as CSV and the heat map as PNG and SVG.

    Args:
        folder: where they go
        found: the self-test
        json_file: where the JSON goes instead
    Returns:
        the files
    Raises:
        StorageError: when one cannot be written
    """
    text = folder / "selftest.md"
    with whole_file(text) as path:
        path.write_text(selftest_text(found), encoding="utf-8")
    data = json_file or folder / "selftest.json"
    with whole_file(data) as path:
        path.write_text(to_json(found), encoding="utf-8")
    tables = [_write_csv(folder / f"{name}.csv", frame) for name, frame in tables_of(found).items()]
    return [text, data, *tables, *_write_heat_map(folder / "heat_map", found)]


def _write_heat_map(path: Path, found: SelfTest) -> list[Path]:
    """The heat map; none where every version was refused, so that nothing was measured."""
    share = share_noticed(found.figures[found.figures["measure"].map(main_measure).astype(bool)])
    if share.empty:
        return []
    alarmed = share_alarmed(found.runs)
    harm = harm_of(found.figures).reindex(alarmed.index)
    with house_style():
        figure = selftest_heatmap(share.reindex(alarmed.index), harm, alarmed, title=conclusion(found))
        return list(save_figure(figure, path))


def tables_of(found: SelfTest) -> dict[str, pd.DataFrame]:
    """The tables by the names of their files; those without a row are left out."""
    tables = {
        "cells": found.cells,
        "runs": found.runs,
        "figures": found.figures,
        "noticed": share_noticed(found.figures).reset_index(),
        "ranking": found.ranking,
        "false_alarms": found.false_alarms,
        "test_alarms": found.test_alarms,
    }
    return {name: frame for name, frame in tables.items() if len(frame)}


def to_json(found: SelfTest) -> str:
    """Everything but the single figures; what is not a number is null."""
    values: dict[str, Any] = {"format_version": FORMAT_VERSION, "trusted": found.trusted, **found.facts}
    for name, frame in tables_of(found).items():
        if name != "figures":
            values[name] = json.loads(frame.to_json(orient="records"))
    return json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _write_csv(file: Path, frame: pd.DataFrame) -> Path:
    with whole_file(file) as path:
        frame.to_csv(path, index=False, lineterminator="\n")
    return file
