"""The study of approximate indexes: what they lose on each version, and which tuned one survives a new version."""

from pathlib import Path

from embdrift.cache import TableCache
from embdrift.files import cache_folder
from embdrift.index import Capabilities, capabilities
from embdrift.progress import Progress
from embdrift.studies.ann_recall import frames, query_frames
from embdrift.studies.ann_recall.analysis import Analysis, Analyst
from embdrift.studies.ann_recall.cells import cells_of
from embdrift.studies.ann_recall.folders import scratch_folder
from embdrift.studies.ann_recall.ground_truth import Checked, check_ground_truth
from embdrift.studies.ann_recall.keeping import Keeping
from embdrift.studies.ann_recall.notes import notes_of
from embdrift.studies.ann_recall.options import STUDY, AnnOptions, require_options
from embdrift.studies.ann_recall.prepared import Asking, asking, prepare
from embdrift.studies.ann_recall.rows import summary_of
from embdrift.studies.ann_recall.sweeping import sweep
from embdrift.studies.engine.study import StudyInput, StudyResult
from embdrift.studies.engine.tables import Tables


def ann_recall(given: StudyInput, options: AnnOptions, *, cache: TableCache, progress: Progress) -> StudyResult:
    """Measure what approximate indexes lose against exact search, on each version and across versions.

    Every index is trained and filled on each version (fresh); tuned on the reference to the target recall on one half
    of the queries, and compared on the other half with the same setting on each candidate (transfer) and with the
    candidate's vectors in the reference's trained parts (stale). Without candidates, only the reference is measured.

    Args:
        given: versions, read and checked
        options: indexes and settings
        cache: where exact neighbour tables are kept; answers and built indexes are kept in embdrift's cache folder
        progress: told how far the work has come
    Returns:
        summary, recall per query and tables, ready to be written
    Raises:
        InputError: when settings are out of range, versions do not fit, or faiss is missing
        StorageError: when something cannot be kept; finished cells are
    """
    require_options(options)
    found = capabilities()
    ks = sorted({*options.ks, given.common.k})
    versions = given.compared
    asked = asking(versions, options.query_sample, given.common.seed)
    tables = Tables(cache, given.common.device, progress)
    checked = None
    if options.ground_truth is not None:
        checked = check_ground_truth(Path(options.ground_truth).expanduser(), given.reference, asked, tables)
    folder = cache_folder() / "ann"
    with scratch_folder(folder) as scratch:
        prepared = [prepare(version, asked, ks, tables, scratch) for version in versions]
        keeping = Keeping(folder, options, found, given.common.device)
        swept = sweep(list(cells_of(options, prepared[0], prepared[1:])), ks, options, keeping, progress)
    analysis = Analyst(swept, asked, prepared, ks, options, given.common.seed).analysis()
    return _result(given, options, analysis, checked, found)


def _result(
    given: StudyInput, options: AnnOptions, analysis: Analysis, checked: Checked | None, found: Capabilities
) -> StudyResult:
    per_query = query_frames.per_query_frame(analysis)
    texts = _texts(given, analysis.asked)
    tables = {
        "cells": frames.cells_frame(analysis.swept),
        "left_out": frames.left_out_frame(analysis.swept),
        "curve": frames.curve_frame(analysis.settings, options.threshold),
        "operating_points": frames.points_frame(analysis, options.target_recall),
        "comparisons": frames.comparisons_frame(analysis.compared),
        "equal_recall": frames.equal_frame(analysis, options.target_recall),
        "decisions": frames.decisions_frame(analysis.decided),
        "distribution": query_frames.distribution_frame(analysis),
        "most_lost": query_frames.most_lost_frame(per_query, given.common.k, texts),
        "exact_overlap": query_frames.overlap_frame(analysis.prepared, analysis.ks),
        "ties": query_frames.ties_frame(analysis.prepared, analysis.ks, options),
    }
    if checked is not None:
        tables["ground_truth"] = checked.table
    return StudyResult(
        summary=summary_of(STUDY.name, analysis, options),
        per_query=per_query,
        tables={name: frame for name, frame in tables.items() if len(frame)},
        notes=tuple(notes_of(analysis, options, "" if checked is None else checked.sentence)),
        facts={"ann": _facts(options, analysis, found)},
    )


def _texts(given: StudyInput, asked: Asking) -> dict[str, str]:
    """Texts of the items that searched, by id; none where queries did, or where texts are not kept."""
    items = given.items
    if items is None or items.text is None or not given.common.texts or asked.scope != "corpus":
        return {}
    column = items.for_ids(asked.ids)[items.text]
    texts = column.astype(object).where(column.notna(), "").astype(str)
    return dict(zip(asked.ids.astype(str).tolist(), texts.tolist(), strict=True))


def _facts(options: AnnOptions, analysis: Analysis, found: Capabilities) -> dict[str, object]:
    return {
        "scope": analysis.asked.scope,
        "queries": len(analysis.asked.ids),
        "tuning_queries": int(analysis.split.tuning.sum()),
        "reporting_queries": int(analysis.split.reporting.sum()),
        "population": analysis.asked.population,
        "ks": list(analysis.ks),
        "seeds": list(options.seeds),
        "target_recall": options.target_recall,
        "tolerance": options.tolerance,
        "threshold": options.threshold,
        "tie_share": options.tie_share,
        "build_threads": options.build_threads,
        "search_threads": options.search_threads,
        "faiss": found.version,
        "faiss_packages": found.packages,
        "faiss_options": found.options,
        "gpus": found.gpus,
        "cagra": found.cagra,
    }
