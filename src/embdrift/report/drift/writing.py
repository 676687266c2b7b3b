"""Write the report of a drift run."""

from dataclasses import replace
from pathlib import Path

import embdrift.report.neighbor_shift.facts as known
from embdrift.report.content import Content, ScopeContent, content
from embdrift.report.drift.further_tables import further_tables
from embdrift.report.drift.pictures import save_drift_pictures
from embdrift.report.drift.run import DriftRun, load_drift_run
from embdrift.report.drift.tables import against_table, cohort_drift_table, own_table
from embdrift.report.neighbor_shift.finding import Finding, Verdict
from embdrift.report.neighbor_shift.pictures import save_pictures
from embdrift.report.neighbor_shift.shift import shift_sentences
from embdrift.report.pages import write_pages
from embdrift.report.wording import number, one_line


def drift_sentences(run_folder: Path) -> list[str]:
    """What the run found: one sentence for all, then one per candidate, the least moved first.

    Raises:
        InputError: when it is no whole run folder
    """
    run = load_drift_run(run_folder)
    if run.has_neighbors:
        return shift_sentences(run_folder)
    found = _without_neighbors(run)
    return [found.sentence, *(one.headline for one in found.findings)]


def write_drift_report(run_folder: Path) -> Path:
    """Write `plots/`, `report.md` and `report.html` from what a run has saved; the same bytes each time.

    Args:
        run_folder: a run folder of the drift study, whole; nothing that the run wrote is changed

    Returns:
        the path of `report.html`

    Raises:
        InputError: when it is no such run folder, or not whole
        StorageError: when a file cannot be written
    """
    run = load_drift_run(run_folder)
    return write_pages(run.files.folder, drift_content(run))


def drift_content(run: DriftRun) -> Content:
    """Gather what the report says, in the form that every report has; draws its figures."""
    pictures = {
        scope: (*save_pictures(run.files, scope), *save_drift_pictures(run, scope)) for scope in run.files.scopes
    }
    found = content(run.files, pictures)
    scopes = tuple(_with_distribution(run, scope) for scope in found.scopes)
    return replace(found, scopes=scopes, verdict=found.verdict if run.has_neighbors else _without_neighbors(run))


def _with_distribution(run: DriftRun, found: ScopeContent) -> ScopeContent:
    tables = [measure(run, found.scope) for measure in (own_table, against_table, cohort_drift_table)]
    tables += further_tables(run, found.scope)
    return replace(found, glance=found.glance if run.has_neighbors else (), further=(*found.further, *tables))


def _without_neighbors(run: DriftRun) -> Verdict:
    """What a run that looked at vectors alone can say."""
    findings = tuple(_distribution_finding(run, name) for name in run.files.record.candidates)
    sentence = "Distribution and geometry only: neighbours were not measured, so nothing is said of what users see."
    return Verdict(sentence, findings)


def _distribution_finding(run: DriftRun, candidate: str) -> Finding:
    scope = run.files.scopes[0]
    auc, p = (run.figures.get(name, scope, candidate) for name in ("domain_auc", "domain_auc_p"))
    if not auc.defined:
        words = f"whether its vectors can be told from the reference's is not defined ({one_line(auc.note)})"
    else:
        words = (
            f"a classifier tells its vectors from the reference's with AUC {number(auc.value)} (p {number(p.value)})"
        )
    return Finding(candidate, f"{one_line(candidate)}: {words}.", (), known.Movement.unknown)
