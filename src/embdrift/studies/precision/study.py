"""The study: what number formats and arithmetic do to neighbors and to judged quality, against float64 truth."""

from typing import Any

import torch

from embdrift.cache import TableCache
from embdrift.errors import InputError
from embdrift.progress import Progress
from embdrift.search import choose_device
from embdrift.studies.engine.findings import Findings
from embdrift.studies.engine.judgements import judging_notes, require_known
from embdrift.studies.engine.quality import judge, own_rows
from embdrift.studies.engine.study import QuerySet, StudyInput, StudyResult
from embdrift.studies.engine.tables import Tables
from embdrift.studies.precision.ladder import LadderInput, measure_ladder
from embdrift.studies.precision.options import STUDY, PrecisionOptions
from embdrift.studies.precision.reference import ReferenceNeighbors, reference_neighbors
from embdrift.studies.precision.versions import VersionsInput, measure_versions
from embdrift.types import Similarity


def precision_study(
    given: StudyInput, options: PrecisionOptions, *, cache: TableCache, progress: Progress
) -> StudyResult:
    """Measure what storing, multiplying and keeping scores in fewer bits does to the reference's neighbors.

    Every cell of the ladder is searched exhaustively in its own arithmetic and compared with certified float64
    neighbors; every lost neighbor is labelled. Candidates, which should be equal to the reference, are compared
    with it number by number first, and then by their neighbors.

    Args:
        given: the reference, and candidates that should be equal to it, if any
        options: the ladder and how to measure
        cache: where exact neighbor tables are kept
        progress: receives progress updates
    Returns:
        summary, values per query and tables, ready to be written
    Raises:
        InputError: when versions cannot be compared
        StorageError: when tables cannot be kept
    """
    _require_usable(given)
    tables = Tables(cache, given.common.device, progress)
    device = choose_device(given.common.device)
    found = reference_neighbors(given.reference, options, tables, k=given.common.k, seed=given.common.seed)
    findings = Findings(STUDY.name, given.reference.name)
    findings.notes += _notes(found, device)
    if given.qrels is not None:
        queries = found[-1]
        judged = judge(given.reference, queries.table, given.qrels, k=queries.k, depth=queries.table.depth)
        findings.rows += own_rows(judged, name=given.reference.name)
        findings.notes += judging_notes((given.reference,), given.qrels)
    findings.add(measure_ladder(LadderInput(found, options, device, given.qrels, progress)))
    versions, alignment = measure_versions(VersionsInput(given, found, options, tables))
    findings.add(versions)
    return findings.result(_facts(options, found, alignment))


def _require_usable(given: StudyInput) -> None:
    if given.qrels is None:
        return
    if given.reference.queries is None:
        raise InputError("judgments need queries: give the reference's query vectors as well")
    for version in (given.reference, *given.candidates):
        if version.queries is not None:
            require_known(version, given.qrels)


def _notes(found: list[ReferenceNeighbors], device: torch.device) -> list[str]:
    notes = []
    for scope in found:
        if scope.similarity is Similarity.cosine and scope.name is QuerySet.corpus:
            notes.append("Cosines are products in the cell's arithmetic over float64 lengths of the stored vectors.")
        if scope.sampled:
            notes.append(
                f"{len(scope.ids):,} of {scope.population:,} items, drawn at random, search the whole corpus in each"
                " cell; query_sample sets how many."
            )
    if device.type != "cuda":
        notes.append(
            "TF32, float16 and bfloat16 arithmetic is emulated on this CPU: products are exact, sums are float32 sums"
            " in this machine's order, where that of other hardware is not known."
        )
    return notes


def _facts(
    options: PrecisionOptions, found: list[ReferenceNeighbors], alignment: list[dict[str, object]]
) -> dict[str, Any]:
    return {
        "depth": max(scope.table.depth for scope in found),
        "alignment": alignment,
        "searched": {scope.name: len(scope.ids) for scope in found},
        "cells": len(options.ladder),
    }
