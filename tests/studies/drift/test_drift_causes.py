"""Rows that tell causes apart, and the paired change of poor matches, against numpy on the vectors themselves."""

import numpy as np
import pytest
import torch
from drift_findings import parts

from embdrift.api import load_version
from embdrift.cache import TableCache
from embdrift.progress import Silent
from embdrift.studies import CommonOptions, DriftOptions, StudyInput
from embdrift.studies.drift.causes import cause_findings
from embdrift.studies.drift.top1 import poor_match_changes
from embdrift.studies.engine.tables import Tables
from embdrift.types import EmbeddingSet

N, D, Q = 120, 8, 30


def vectors(seed, n=N):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal((n, D)).astype(np.float32))


def given(candidates, *, ids=None, queries=True):
    names = np.arange(N).astype(str) if ids is None else ids
    asked = EmbeddingSet("old", vectors(9, Q), np.arange(Q).astype(str)) if queries else None

    def version(name, one, own):
        answers = None if asked is None else EmbeddingSet(name, vectors(9, Q)[:, : one.shape[1]], asked.ids)
        return load_version(EmbeddingSet(name, one, own), answers)

    return StudyInput(
        reference=version("old", vectors(0), np.arange(N).astype(str)),
        candidates=tuple(version(name, one, names) for name, one in candidates.items()),
        common=CommonOptions(device="cpu"),
    )


def values(rows):
    return {(row.candidate, row.metric): row for row in rows}


def test_figures_of_known_changes():
    old = vectors(0)
    shuffled = old[torch.from_numpy(np.roll(np.arange(N), 1))]
    rows, tables, _ = parts(cause_findings(given({"half": old.half().float(), "added": old + 0.5, "rolled": shuffled})))
    found = values(rows)
    assert found["half", "self_found"].value == 1
    assert found["half", "vector_of_another"].value == 0
    assert found["half", "as_if_stored"].note == "as if stored in float16"
    assert found["half", "as_if_stored"].value == 1
    assert found["added", "offset_share"].value == pytest.approx(1, abs=1e-6)
    median = float(np.median(old.norm(dim=1)))
    assert found["added", "offset_length"].value == pytest.approx(0.5 * np.sqrt(D) / median, rel=0.02)
    assert found["rolled", "self_found"].value == 0
    assert found["rolled", "vector_of_another"].value == 1
    assert set(tables["formats"]["candidate"]) == {"half", "added", "rolled"}
    assert all(row.note for row in rows if np.isnan(row.value))


def test_rows_may_come_in_any_order():
    order = np.random.default_rng(1).permutation(N)
    old = vectors(0)
    straight = cause_findings(given({"new": old + 0.1})).rows
    shuffled = cause_findings(given({"new": (old + 0.1)[torch.from_numpy(order)]}, ids=order.astype(str))).rows
    for one, other in zip(straight, shuffled, strict=True):
        assert (one.metric, one.note) == (other.metric, other.note)
        assert one.value == pytest.approx(other.value, rel=1e-9, nan_ok=True)


def test_versions_of_different_dimension_say_so():
    rows, tables, _ = parts(cause_findings(given({"cut": vectors(0)[:, :4].contiguous()})))
    assert {row.note for row in rows} == {"dimensions differ: 8 and 4"}
    assert all(np.isnan(row.value) for row in rows)
    assert tables == {}


def top1(asking, corpus, own):
    a, b = (one.numpy() / np.linalg.norm(one.numpy(), axis=1, keepdims=True) for one in (asking, corpus))
    cosines = a @ b.T
    if own:
        np.fill_diagonal(cosines, -np.inf)
    return cosines.max(axis=1)


def test_the_change_of_poor_matches_is_paired(tmp_path):
    old, new = vectors(0), vectors(0) + 0.4 * vectors(5)
    options = DriftOptions(poor_match=0.6)
    study = given({"new": new})
    tables = Tables(TableCache(tmp_path), "cpu", Silent())
    found = {row.scope: row for row in poor_match_changes(study, options, tables)}
    for scope, asking in (("corpus", None), ("queries", vectors(9, Q))):
        before, after = (top1(one if asking is None else asking, one, asking is None) < 0.6 for one in (old, new))
        change = after.astype(float) - before.astype(float)
        assert found[scope].value == pytest.approx(change.mean())
        assert found[scope].n == len(change)
    assert np.isnan(found["corpus"].low)
    assert found["queries"].low <= found["queries"].value <= found["queries"].high


def test_the_same_version_changes_nothing_with_certainty(tmp_path):
    tables = Tables(TableCache(tmp_path), "cpu", Silent())
    rows = list(poor_match_changes(given({"same": vectors(0)}), DriftOptions(), tables))
    assert [(row.value, row.scope) for row in rows] == [(0, "corpus"), (0, "queries")]
    assert (rows[1].low, rows[1].high) == (0, 0)
