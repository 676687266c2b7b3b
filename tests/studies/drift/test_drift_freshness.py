"""What an index should hold, how old it is, and removed items that still come up."""

import numpy as np
import pytest
from drift_findings import tables_of
from shift_cases import brute_scores, permuted, version

from embdrift.cache import TableCache
from embdrift.data import ItemList
from embdrift.data.items import SECONDS_A_DAY
from embdrift.data.synthetic import clustered, jittered
from embdrift.progress import Silent
from embdrift.studies.drift.freshness import coverage, removal
from embdrift.studies.drift.options import DriftOptions
from embdrift.studies.engine.study import CommonOptions, StudyInput
from embdrift.studies.engine.tables import Tables

NAN = float("nan")


def listed(ids=(), removed=(), **more):
    """An item list of these ids."""
    return ItemList(np.array(ids, object), np.array(sorted(removed), object), **more)


def row_of(further, metric, candidate="new", scope="corpus", cohort=""):
    wanted = (metric, candidate, scope, cohort)
    return next(row for row in further.rows if (row.metric, row.candidate, row.scope, row.cohort) == wanted)


def given_of(items, old_ids, new_ids):
    vectors = clustered(40, 8, seed=1)
    old, new = (
        version(vectors[: len(ids)], name, ids=ids) for ids, name in ((old_ids, "old"), (new_ids, "new"))
    )  # fmt: skip
    return StudyInput(old, (new,), listed=items)


def test_coverage_is_the_share_of_the_list_that_is_there():
    items = listed([f"i{n}" for n in range(10)], ["i20"], cohorts={"lang": np.array(["de"] * 4 + ["en"] * 5 + [""])})
    found = coverage(given_of(items, [f"i{n}" for n in range(12)], [f"i{n}" for n in range(2, 25)]))
    assert row_of(found, "index_coverage", "old").value == 1
    assert row_of(found, "index_coverage", "old").note == "2 indexed items are not on the list"
    new = row_of(found, "index_coverage")
    assert (new.value, new.n) == (0.8, 10)
    # i20 was removed: it is not counted among those that nobody listed
    assert new.note == "2 items of the list are missing; 14 indexed items are not on the list"
    assert row_of(found, "index_coverage", cohort="lang=de").value == 0.5
    assert row_of(found, "index_coverage", cohort="lang=en").value == 1
    assert tables_of(found)["index_missing"].to_numpy().tolist() == [["new", "i0", ""], ["new", "i1", ""]]
    assert (row_of(found, "removed_items_indexed").value, row_of(found, "removed_items_indexed").n) == (1, 1)
    assert row_of(found, "removed_items_indexed", "old").value == 0


def test_ages_are_days_before_the_point_in_time():
    days = np.array([0.0, 1, 2, 3, NAN, 10])
    items = listed(
        [f"i{n}" for n in range(6)], seconds=days * SECONDS_A_DAY, as_of=4 * SECONDS_A_DAY, as_of_is="as set"
    )
    found = coverage(given_of(items, [f"i{n}" for n in range(6)], ["i0", "i2", "i3", "i4"]))
    ages = [4, 2, 1]
    assert row_of(found, "index_age_median_days").value == np.median(ages)
    assert row_of(found, "index_age_p95_days").value == pytest.approx(np.quantile(ages, 0.95))
    assert row_of(found, "index_age_median_days").note == (
        "as of 1970-01-05T00:00:00Z, as set; 1 of 4 left out: no timestamp"
    )
    assert "1 items are newer than that" in row_of(found, "index_age_median_days", "old").note
    missing = tables_of(found)["index_missing"]
    assert missing["id"].tolist() == ["i5", "i1"]  # the newest first
    assert missing["timestamp"].tolist() == ["1970-01-11T00:00:00Z", "1970-01-02T00:00:00Z"]


def test_an_index_that_holds_nothing_of_the_list_is_no_silent_zero():
    items = listed(["x", "y"], seconds=np.array([0.0, 1.0]), as_of=1.0, as_of_is="the newest timestamp")
    found = coverage(given_of(items, ["a", "b"], ["a", "b"]))
    assert row_of(found, "index_coverage").value == 0
    assert row_of(found, "index_coverage").note.startswith("2 items of the list are missing")
    assert np.isnan(row_of(found, "index_age_median_days").value)
    assert "no item is indexed" in row_of(found, "index_age_median_days").note


def test_without_a_list_there_is_nothing_to_say(tmp_path):
    given = given_of(None, ["a", "b"], ["a", "b"])
    assert not coverage(given).rows
    assert not removal(given, DriftOptions(), Tables(TableCache(tmp_path), "cpu", Silent())).rows
    only_removed = coverage(given_of(listed(removed=["a"]), ["a", "b"], ["a", "b"]))
    assert [row.metric for row in only_removed.rows] == ["removed_items_indexed"] * 2


K = 5


def removal_of(tmp_path, old, new, removed, *, order=None, queries=None, **options):
    ids = [f"{row:03d}" for row in range(len(old))]
    versions = []
    for vectors, name in ((old, "old"), (new, "new")):
        rows, names = (vectors, ids) if order is None else permuted(vectors, ids, order)
        versions.append(version(rows, name, ids=names, queries=queries))
    given = StudyInput(versions[0], (versions[1],), common=CommonOptions(k=K), listed=listed(ids, removed))
    return removal(given, DriftOptions(**options), Tables(TableCache(tmp_path / "cache"), "cpu", Silent()))


def slow_removal(scores, removed, searching):
    """Id -> how many lists of five it comes up in, and the share of lists that hold one."""
    counts, hit = {}, []
    for row in searching:
        top = np.argsort(-scores[row], kind="stable")[:K]
        removed_found = [f"{item:03d}" for item in top if f"{item:03d}" in removed]
        hit.append(bool(removed_found))
        for name in removed_found:
            counts[name] = counts.get(name, 0) + 1
    return counts, np.mean(hit)


@pytest.mark.parametrize("order", [None, 3])
def test_removed_items_that_come_up_are_counted_in_every_list(tmp_path, order):
    old = clustered(150, 8, seed=1)
    new, queries = jittered(old, 0.9, 2), clustered(20, 8, seed=3)
    removed = [f"{row:03d}" for row in range(0, 150, 30)]
    found = removal_of(tmp_path, old, new, removed, order=order, queries=queries)
    for name, vectors in (("old", old), ("new", new)):
        own = [row for row in range(150) if f"{row:03d}" not in removed]
        for scope, scores, searching in (
            ("corpus", brute_scores(vectors), own),
            ("queries", brute_scores(vectors, queries), range(20)),
        ):
            counts, share = slow_removal(scores, set(removed), searching)
            assert row_of(found, "removed_items_found", name, scope).value == len(counts)
            assert row_of(found, "removed_items_found", name, scope).n == len(searching)
            assert row_of(found, "removed_items_found_share", name, scope).value == pytest.approx(share)
            frame = tables_of(found)["removed_items"]
            frame = frame[(frame["candidate"] == name) & (frame["scope"] == scope)]
            assert dict(zip(frame["id"], frame["lists"], strict=True)) == counts
    assert "5 lists of removed items left out" in row_of(found, "removed_items_found").note
    assert np.isnan(row_of(found, "removed_items_found_share").low)
    assert row_of(found, "removed_items_found_share", scope="queries").high > 0


def test_removed_items_that_are_gone_come_up_nowhere(tmp_path):
    old = clustered(60, 8, seed=1)
    found = removal_of(tmp_path, old, old, ["999"], queries=clustered(6, 8, seed=3))
    assert {row.value for row in found.rows} == {0.0}
    assert row_of(found, "removed_items_found_share", scope="queries").high > 0.2  # six queries prove little
    assert found.tables == {}


def test_the_example_is_who_finds_it_at_its_best_rank(tmp_path):
    old = clustered(60, 8, seed=1)
    found = tables_of(removal_of(tmp_path, old, old, ["007"]))["removed_items"].iloc[0]
    ranks = {
        row: list(np.argsort(-scores, kind="stable")).index(7) + 1
        for row, scores in enumerate(brute_scores(old)) if row != 7
    }  # fmt: skip
    assert found["best_rank"] == min(ranks.values())
    assert ranks[int(found["found_by"])] == found["best_rank"]


def test_a_sample_of_lists_has_an_interval(tmp_path):
    old = clustered(150, 8, seed=1)
    found = removal_of(tmp_path, old, old, [f"{row:03d}" for row in range(0, 150, 10)], query_sample=40)
    row = row_of(found, "removed_items_found_share")
    assert row.n <= 40
    assert row.low < row.value < row.high


def test_lists_that_ties_leave_open_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("embdrift.types.TIE_LIMIT", 3)
    monkeypatch.setattr("embdrift.search.ranking.TIE_LIMIT", 3)
    vectors = clustered(120, 8, seed=1)
    vectors[:110] = vectors[0]
    found = removal_of(tmp_path, vectors, vectors, ["050"])
    assert "lists left out: too many items tie with the last result" in row_of(found, "removed_items_found").note
