"""The study `drift`: whether the distribution moved, and whether the neighbours moved, in one run."""

from collections.abc import Mapping

import pandas as pd

from embdrift.cache import TableCache
from embdrift.progress import Progress
from embdrift.studies.drift.distribution import measured_rows
from embdrift.studies.drift.distributions import distribution_frame
from embdrift.studies.drift.further import further_findings, require_further
from embdrift.studies.drift.histograms import histogram_table
from embdrift.studies.drift.options import STUDY, DriftOptions
from embdrift.studies.drift.scopes import Top1, scopes_of_versions
from embdrift.studies.drift.top1 import top1_similarity
from embdrift.studies.engine.rows import summary_frame
from embdrift.studies.engine.study import StudyInput, StudyResult
from embdrift.studies.engine.tables import Tables
from embdrift.studies.neighbor_shift.study import neighbor_shift


def drift_study(given: StudyInput, options: DriftOptions, *, cache: TableCache, progress: Progress) -> StudyResult:
    """Neighbour shift, and the distribution and geometry of every version beside it.

    Args:
        given: versions and what is known of their items
        options: how drift is measured
        cache: where exact neighbour tables are kept
        progress: told how far the work has come
    Returns:
        rows of the study `neighbor_shift` first, then those of the study `drift`
    Raises:
        InputError: when versions cannot be compared, or an option is out of range
        StorageError: when tables cannot be kept
    """
    options.require()
    require_further(given)
    tables = Tables(cache, given.common.device, progress)
    shift = neighbor_shift(given, options, cache=cache, progress=progress) if options.neighbors else None
    top1 = _top1(given, options, tables) if options.neighbors else None
    scopes = scopes_of_versions(given, top1)
    rows = measured_rows(scopes, given.common, options, progress)
    further = further_findings(given, options, tables)
    rows += [row for one in further for row in one.rows]
    frames = [summary_frame(STUDY.name, given.reference.name, rows)]
    found: Mapping[str, pd.DataFrame] = {} if shift is None else shift.tables
    return StudyResult(
        summary=pd.concat([*([] if shift is None else [shift.summary]), *frames], ignore_index=True),
        per_query=_nobody() if shift is None else shift.per_query,
        tables={
            **found,
            "distributions": distribution_frame(scopes),
            "histograms": histogram_table(scopes),
            **{name: frame for one in further for name, frame in one.tables.items()},
        },
        notes=(*(() if shift is None else shift.notes), *(note for one in further for note in one.notes)),
        facts={} if shift is None else shift.facts,
    )


def _top1(given: StudyInput, options: DriftOptions, tables: Tables) -> Top1:
    return {
        (version.name, scope): top1_similarity(tables, version, scope, given.common, options.query_sample)
        for version in given.versions
        for scope in version.query_sets
    }


def _nobody() -> pd.DataFrame:
    """Values per query of a run that searched nothing."""
    text, number = pd.Series([], dtype="str"), pd.Series([], dtype="float64")
    return pd.DataFrame({"scope": text, "candidate": text, "id": text, "overlap": number})
