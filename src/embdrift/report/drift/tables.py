"""What distributions and geometry say, as tables: each version by itself, and each candidate against the reference."""

from embdrift.metrics.catalog import Metric, Role, Topic, all_metrics, metric_named
from embdrift.report.drift.run import DriftRun
from embdrift.report.measurements import Measurement
from embdrift.report.table import Cell, Reasons, Table, figure, table_of, words
from embdrift.report.wording import count, number, value_words

MOST_COHORTS = 20
COHORT_METRICS = ("similarity_kl", "norm_median_change", "wasserstein_mean", "mmd", "domain_auc")


def _distribution(*, own: bool) -> list[Metric]:
    """The metrics of each version by itself, or those of a candidate against the reference."""
    return [
        metric
        for metric in all_metrics()
        if metric.topic is Topic.distribution and metric.own is own and metric.role is not Role.change
    ]


def own_table(run: DriftRun, scope: str) -> Table:
    """One row per measure, one column per version."""
    reasons = Reasons()
    rows = [
        [words(text.label, strong=True), *[_own_cell(run, text, scope, name, reasons) for name in run.versions]]
        for text in _distribution(own=True)
        if run.figures.has(text.name, scope)
    ]
    return table_of("What each version looks like", ["Measure", *run.versions], rows, reasons)


def _own_cell(run: DriftRun, text: Metric, scope: str, version: str, reasons: Reasons) -> Cell:
    found = run.figures.get(text.name, scope, version)
    if found.defined and text.as_share and not found.has_interval:
        return figure(value_words(text, found.value))
    return reasons.interval(found)


def against_table(run: DriftRun, scope: str) -> Table:
    """One row per candidate and measure, with how the measure was calibrated."""
    reasons = Reasons()
    rows = [
        _against_row(candidate, text, run.figures.get(text.name, scope, candidate), reasons)
        for candidate in run.files.record.candidates
        for text in _distribution(own=False)
        if run.figures.has(text.name, scope)
    ]
    heads = ["Candidate", "Measure", "Value (interval)", "If nothing had changed", "n", "How it was measured"]
    return table_of("Distribution against the reference", heads, rows, reasons)


def _against_row(candidate: str, text: Metric, found: Measurement, reasons: Reasons) -> list[Cell]:
    return [
        words(candidate, strong=True),
        words(text.label),
        reasons.interval(found),
        figure(number(found.chance) if found.chance == found.chance else ""),
        figure(count(found.n)),
        words(found.note if found.defined and found.note != "no reason given" else ""),
    ]


def cohort_drift_table(run: DriftRun, scope: str) -> Table:
    """The cohorts whose distribution moved most, by the divergence of their similarities or the classifier's AUC."""
    summary = run.files.summary
    chosen = summary[(summary["scope"] == scope) & (summary["cohort"] != "") & summary["metric"].isin(COHORT_METRICS)]
    wide = chosen.pivot_table(
        index=["candidate", "cohort"], columns="metric", values="value", sort=False, dropna=False
    ).reindex(columns=list(COHORT_METRICS))
    wide = wide.dropna(how="all").sort_values(["domain_auc", "similarity_kl"], ascending=False, kind="stable")
    rows = [
        [words(str(candidate), strong=True), words(str(cohort)), *[figure(number(float(value))) for value in values]]
        for (candidate, cohort), values in zip(wide.index[:MOST_COHORTS], wide.to_numpy(), strict=False)
    ]
    caption = f"Cohorts whose distribution moved most, at most {MOST_COHORTS}"
    return table_of(caption, ["Candidate", "Cohort", *[metric_named(name).label for name in COHORT_METRICS]], rows)
