"""All that the report of a drift run says."""

from dataclasses import replace

from embdrift.report.content import Content, ScopeContent
from embdrift.report.drift.pictures import save_drift_pictures
from embdrift.report.drift.run import has_neighbors
from embdrift.report.drift.sentences import conclusion
from embdrift.report.drift.tables import against_table, cohort_drift_table, further_tables, own_table
from embdrift.report.neighbor_shift.content import contents as neighbor_contents
from embdrift.report.neighbor_shift.pictures import save_pictures
from embdrift.results import SavedRun


def contents(run: SavedRun) -> Content:
    """Gather what the report says, in the form that every report has; draws its figures."""
    pictures = {scope: (*save_pictures(run, scope), *save_drift_pictures(run, scope)) for scope in run.scopes}
    found = neighbor_contents(run, pictures)
    scopes = tuple(_with_distribution(run, scope) for scope in found.scopes)
    return replace(found, scopes=scopes, conclusion=conclusion(run))


def _with_distribution(run: SavedRun, found: ScopeContent) -> ScopeContent:
    tables = [measure(run, found.scope) for measure in (own_table, against_table, cohort_drift_table)]
    tables += further_tables(run, found.scope)
    return replace(found, glance=found.glance if has_neighbors(run) else (), further=(*found.further, *tables))
