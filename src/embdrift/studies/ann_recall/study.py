"""The study of approximate indexes: recall lost on each version, and which tuned index survives a new version."""

from collections import Counter
from pathlib import Path

from embdrift.cache import TableCache
from embdrift.files import cache_folder
from embdrift.index import Capabilities, State, capabilities
from embdrift.progress import Progress
from embdrift.studies.ann_recall import tables
from embdrift.studies.ann_recall.analysis import Analysis, analyze
from embdrift.studies.ann_recall.ground_truth import GroundTruthCheck, check_ground_truth
from embdrift.studies.ann_recall.options import STUDY, AnnOptions, require_options
from embdrift.studies.ann_recall.prepare import QuerySample, choose_queries, prepare, scratch_folder
from embdrift.studies.ann_recall.summary import summary_of
from embdrift.studies.ann_recall.sweep import sweep
from embdrift.studies.ann_recall.sweep_cache import SweepCache
from embdrift.studies.ann_recall.trials import trials_of
from embdrift.studies.engine.study import QuerySet, StudyInput, StudyResult
from embdrift.studies.engine.tables import Tables

UNSTEADY = 1.25
"""Times of equal work that differ by more than this factor are noted."""


def ann_recall(given: StudyInput, options: AnnOptions, *, cache: TableCache, progress: Progress) -> StudyResult:
    """Measure the recall of approximate indexes against exact search, on each version and across versions.

    Every index is trained and filled on each version (fresh); tuned on the reference to the target recall on one half
    of the queries, and compared on the other half with the same setting on each candidate (transfer) and with the
    candidate's vectors in the reference's trained parts (stale). Without candidates, only the reference is measured.

    Args:
        given: versions, read and checked
        options: indexes and settings
        cache: where exact neighbor tables are kept; answers and built indexes are kept in embdrift's cache folder
        progress: receives progress updates
    Returns:
        summary, recall per query and tables, ready to be written
    Raises:
        InputError: when settings are out of range, versions do not fit, or faiss is missing
        StorageError: when something cannot be kept; those of finished trials are
    """
    require_options(options)
    found = capabilities()
    ks = sorted({*options.ks, given.common.k})
    versions = given.compared
    queries = choose_queries(versions, options.query_sample, given.common.seed)
    exact = Tables(cache, given.common.device, progress)
    checked = None
    if options.ground_truth is not None:
        checked = check_ground_truth(Path(options.ground_truth).expanduser(), given.reference, queries, exact)
    folder = cache_folder() / "ann"
    with scratch_folder(folder) as scratch:
        prepared = [prepare(version, queries, ks, exact, scratch) for version in versions]
        kept = SweepCache(folder, options, found, given.common.device)
        swept = sweep(list(trials_of(options, prepared[0], prepared[1:])), ks, options, kept, progress)
    analysis = analyze(swept, queries, prepared, ks, options, seed=given.common.seed)
    return _result(given, options, analysis, checked, found)


def _result(
    given: StudyInput, options: AnnOptions, analysis: Analysis, checked: GroundTruthCheck | None, found: Capabilities
) -> StudyResult:
    per_query = tables.per_query_frame(analysis)
    texts = _texts(given, analysis.queries)
    frames = {
        "cells": tables.cells_frame(analysis.swept),
        "left_out": tables.left_out_frame(analysis.swept),
        "curve": tables.curve_frame(analysis.settings, options.threshold),
        "operating_points": tables.points_frame(analysis, options.target_recall),
        "comparisons": tables.comparisons_frame(analysis.compared),
        "equal_recall": tables.equal_frame(analysis, options.target_recall),
        "decisions": tables.decisions_frame(analysis.decided),
        "distribution": tables.distribution_frame(analysis),
        "most_lost": tables.most_lost_frame(per_query, given.common.k, texts),
        "exact_overlap": tables.overlap_frame(analysis.prepared, analysis.ks),
        "ties": tables.ties_frame(analysis.prepared, analysis.ks, options),
    }
    if checked is not None:
        frames["ground_truth"] = checked.table
    return StudyResult(
        summary=summary_of(STUDY.name, analysis, options),
        per_query=per_query,
        tables={name: frame for name, frame in frames.items() if len(frame)},
        notes=tuple(notes_of(analysis, options, "" if checked is None else checked.sentence)),
        facts={"ann": _facts(options, analysis, found)},
    )


def _texts(given: StudyInput, queries: QuerySample) -> dict[str, str]:
    """Texts of the items that searched, by id; none where queries did, or where texts are not kept."""
    items = given.items
    if items is None or items.text is None or not given.common.texts or queries.scope is not QuerySet.corpus:
        return {}
    column = items.for_ids(queries.ids)[items.text]
    texts = column.astype(object).where(column.notna(), "").astype(str)
    return dict(zip(queries.ids.astype(str).tolist(), texts.tolist(), strict=True))


def _facts(options: AnnOptions, analysis: Analysis, found: Capabilities) -> dict[str, object]:
    return {
        "scope": analysis.queries.scope,
        "queries": len(analysis.queries.ids),
        "tuning_queries": int(analysis.split.tuning.sum()),
        "reporting_queries": int(analysis.split.reporting.sum()),
        "population": analysis.queries.population,
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


def notes_of(analysis: Analysis, options: AnnOptions, ground_truth: str) -> list[str]:
    """Notes on the queries, a given file of neighbors, the controls, and indexes that were not built."""
    queries, split = analysis.queries, analysis.split
    what = "queries" if queries.scope is QuerySet.queries else f"items drawn at random from {queries.population:,}"
    notes = [
        f"{len(queries.ids):,} {what}: tuned on {int(split.tuning.sum()):,}, reported on the other"
        f" {int(split.reporting.sum()):,}."
    ]
    if ground_truth:
        notes.append(f"Given neighbors: {ground_truth}.")
    if options.build_threads > 1:
        notes.append("Built with several threads: graphs come out a little differently each time.")
    kept, trials = sum(one.is_kept for one in analysis.swept), len(analysis.swept)
    if kept:
        notes.append(f"Answers and times of {kept} of {trials} builds are those of an earlier run.")
    return [*notes, *_control(analysis), *_unsteady(analysis), *_not_done(analysis)]


def _control(analysis: Analysis) -> list[str]:
    """Whether exhaustive search over whole vectors found everything, where it was among the indexes."""
    return [
        f"Control failed: flat search on {setting.key.version} has recall@{setting.key.k} {setting.mean():.6f} instead"
        " of 1; scores there differ by less than float32 can tell."
        for setting in analysis.settings.all()
        if setting.build.kind == "flat" and setting.mean() < 0.9999
    ]


def _unsteady(analysis: Analysis) -> list[str]:
    """Whether exhaustive search, the same work on versions of one size, took another time on some of them."""
    sizes = {version.name: (version.n, version.d) for version in analysis.prepared}
    speeds = [
        1000 / setting.milliseconds
        for setting in analysis.settings.all()
        if setting.build.kind == "flat"
        and setting.key.k == analysis.ks[0]
        and sizes[setting.key.version] == sizes[analysis.reference]
    ]
    if not speeds or max(speeds) <= UNSTEADY * min(speeds):
        return []
    return [
        f"Times are unsteady: flat search does the same work on every version and ran at {min(speeds):,.0f} to"
        f" {max(speeds):,.0f} queries per second; go by distance computations, or measure on an idle machine."
    ]


def _not_done(analysis: Analysis) -> list[str]:
    """The reasons why trials have no answers, each once."""
    reasons = Counter((one.state.value, one.note) for one in analysis.swept if one.state is not State.done)
    reasons += Counter(
        ("warning", f"{one.trial.build.name}: {one.note}")
        for one in analysis.swept
        if one.state is State.done and one.note
    )
    return [
        f"{state.capitalize()} ({amount} build{'s' * (amount > 1)}): {note}."
        for (state, note), amount in reasons.items()
    ]
