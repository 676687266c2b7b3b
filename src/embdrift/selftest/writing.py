"""A self-test as files: Markdown, JSON, tables and a heat map."""

import json
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from embdrift.files import whole_file
from embdrift.report.plots.saving import save_figure
from embdrift.report.plots.selftest_heatmap import selftest_heatmap
from embdrift.report.plots.style import house_style
from embdrift.selftest.gathering import SelfTest, harm_of, share_alarmed, share_noticed
from embdrift.selftest.matching import AS_EXPECTED, CELLS, WRONG
from embdrift.selftest.noticing import main_measure

ALLOWED_ALARMS = 12
"""Of 100 runs of a sound test at level 0.05; it raises more with probability 0.002."""

SHOWN = (
    "overlap", "ndcg_change (queries)", "self_found", "vector_of_another", "similarity_kl",
    "share_below_threshold_change", "norm_kl", "ks_rejected_share", "wasserstein_mean", "mmd_p", "domain_auc_p",
    "effective_rank", "norm_collapse", "null_vectors", "index_coverage",
)  # fmt: skip
"""Measures in the text; the heat map and `noticed.csv` hold all."""


def selftest_text(found: SelfTest) -> str:
    """Everything that a reader wants to see at once; the files hold the rest."""
    return (
        "\n".join(
            [*_head(found), *_faults(found), *_noticed(found), *_rankings(found), *_unchanged(found), *_tests(found)]
        )
        + "\n"
    )


def conclusion(found: SelfTest) -> str:
    """The result in one sentence."""
    wrong = found.cells[found.cells["state"].isin(WRONG)]
    firm = found.cells[~found.cells["borderline"]]
    right = int((firm["state"] == AS_EXPECTED).sum())
    sentence = f"{right} of {len(firm)} cells that are not borderline came out as they must"
    if wrong.empty:
        return f"{sentence}; nothing that must be noticed was missed, and nothing harmless was called harm."
    cells = [f"{row.fault}, {row.strength}: {row.cell} {row.found} ({row.state})" for row in wrong.itertuples()]
    return f"{sentence}; the gate cannot be trusted here: {'; '.join(cells)}."


def _head(found: SelfTest) -> Iterator[str]:
    facts = found.facts
    yield "# Self-test"
    yield ""
    yield conclusion(found)
    yield ""
    seeds = "1 seed" if facts["seeds"] == 1 else f"{facts['seeds']} seeds"
    yield (
        f"Faults planted in {facts['items']:,} x {facts['dimensions']} vectors ({facts['source']}) with"
        f" {facts['queries']:,} queries, {seeds}, k = {facts['k']}, gate `{facts['gate']}`."
    )


def _faults(found: SelfTest) -> Iterator[str]:
    share = share_noticed(found.figures)
    harm = harm_of(found.figures)
    yield ""
    yield "## Faults"
    yield ""
    yield "`~` marks cells that were called borderline in advance. Where another answer was due, it stands behind."
    yield ""
    yield "| fault | strength | distribution | neighbors | verdict | lost neighbors | lost nDCG | noticed by |"
    yield "|---|---|---|---|---|--:|--:|--:|"
    cells = {(row["fault"], row["strength"], row["cell"]): row for row in found.cells.to_dict("records")}
    for key in found.cells[["fault", "strength"]].drop_duplicates().itertuples(index=False, name=None):
        lost = [_percent(harm.loc[key, name]) if key in harm.index else "" for name in harm.columns]
        answers = [_answer(cells[*key, cell]) for cell in CELLS]
        yield "| " + " | ".join([*key, *answers, *lost, _noticing(share, key)]) + " |"


def _answer(cell: dict[Hashable, Any]) -> str:
    answer = f"{cell['found']}{' ~' if cell['borderline'] else ''}"
    if cell["state"] == AS_EXPECTED:
        return answer
    wrong = f"**{cell['state']}**, " if cell["state"] in WRONG else ""
    return f"{answer} ({wrong}{cell['expected']} expected)"


def _noticing(share: pd.DataFrame, key: tuple[str, str]) -> str:
    """How many of the measures that are defined noticed in most seeds."""
    if key not in share.index:
        return ""
    shares = share.loc[[key]].to_numpy(float)[0]
    return f"{int((shares > 0.5).sum())} of {int((~np.isnan(shares)).sum())}"


def _noticed(found: SelfTest) -> Iterator[str]:
    share = share_noticed(found.figures)
    shown = [name for name in SHOWN if name in share]
    if not shown:
        return
    yield ""
    yield "## Which measures notice"
    yield ""
    yield "x: in every seed; o: in some; empty: in none; –: not defined. `noticed.csv` holds all measures."
    yield ""
    yield f"| fault | strength | {' | '.join(shown)} |"
    yield f"|---|---|{'---|' * len(shown)}"
    for key, shares in zip(share.index, share[shown].to_numpy(float), strict=True):
        yield f"| {' | '.join([*key, *map(_sign, shares)])} |"


def _sign(share: float) -> str:
    if np.isnan(share):
        return "–"
    return "x" if share == 1 else "o" if share > 0 else ""


def _rankings(found: SelfTest) -> Iterator[str]:
    if not found.ranking["spearman"].notna().any():
        return
    harms = list(found.ranking["harm"].unique())
    yield ""
    yield "## Which measures predict harm"
    yield ""
    yield "Spearman's correlation with what retrieval lost, over all planted runs; the interval resamples whole faults."
    yield "Measures of the queries' vectors are in `ranking.csv`."
    yield ""
    yield f"| measure | {' | '.join(f'{harm} | 95 % interval' for harm in harms)} | runs |"
    yield f"|---|{'--:|---|' * len(harms)}--:|"
    by_harm = {harm: found.ranking[found.ranking["harm"] == harm].set_index("measure") for harm in harms}
    for measure in by_harm[harms[-1]].index.union(by_harm[harms[0]].index, sort=False):
        rows = [frame.loc[[measure]].to_dict("records")[0] for frame in by_harm.values() if measure in frame.index]
        if main_measure(measure) and any(not np.isnan(row["spearman"]) for row in rows):
            cells = [_correlation(by_harm[harm], measure) for harm in harms]
            yield f"| {measure} | {' | '.join(cells)} | {max(row['n'] for row in rows)} |"


def _correlation(rows: pd.DataFrame, measure: str) -> str:
    if measure not in rows.index:
        return "itself | "
    row = rows.loc[[measure]].to_dict("records")[0]
    if np.isnan(row["spearman"]):
        return " | "
    return f"{row['spearman']:.2f} | {row['low']:.2f} to {row['high']:.2f}"


def _unchanged(found: SelfTest) -> Iterator[str]:
    if found.false_alarms.empty:
        return
    runs = int(found.false_alarms["runs"].max())
    alarming = found.false_alarms[found.false_alarms["alarms"] > 0]
    yield ""
    yield "## False alarms where nothing changed"
    yield ""
    quiet = len(found.false_alarms) - len(alarming)
    yield f"Of {len(found.false_alarms)} measures, axes and verdicts, {quiet} raised no alarm in {runs} runs."
    for row in alarming.sort_values("alarms", ascending=False).to_dict("records"):
        yield f"- {row['measure']}: {row['alarms']} of {row['runs']}"


def _tests(found: SelfTest) -> Iterator[str]:
    if found.test_alarms.empty:
        return
    runs = int(found.test_alarms["runs"].max())
    yield ""
    yield f"## Alarms of tests at level 0.05 over {runs} seeds where nothing changed"
    yield ""
    yield f"A sound test raises at most {ALLOWED_ALARMS} in 100 with probability 0.998."
    yield ""
    yield "| design | test | alarms | seeds |"
    yield "|---|---|--:|--:|"
    for row in found.test_alarms.to_dict("records"):
        yield f"| {row['design']} | {row['test']} | {row['alarms']} | {row['runs']} |"


def _percent(share: float) -> str:
    # a zero without a sign
    return "" if np.isnan(share) else f"{round(100 * share, 1) + 0.0:.1f} %"


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
