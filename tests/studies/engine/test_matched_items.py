"""Items that only one version has: left out of the shift, counted, and left in as a second figure."""

from dataclasses import replace

import numpy as np
import pytest
from shift_cases import assert_same_shift, brute_scores, checked, drifted, figure, figures, per_query, version

from embdrift.cache import TableCache
from embdrift.data.synthetic import clustered, jittered
from embdrift.errors import InputError
from embdrift.studies import StudyInput
from embdrift.studies.engine.matching import match_sets
from embdrift.studies.neighbor_shift.study import neighbor_shift


@pytest.mark.parametrize("sample", [None, 40])
def test_the_shift_of_shared_ids_is_that_of_the_files_cut_down_to_them(study, sample):
    old, new = drifted(300)
    ids = np.array([f"{row:04d}" for row in range(300)])
    queries = clustered(30, 16, seed=5)
    asked = {"queries": queries, "query_ids": np.arange(30)}
    first, second, both = np.arange(0, 260), np.arange(60, 300), np.arange(60, 260)
    result = study(
        version(old[first], ids=ids[first], **asked), version(new[second], "new", ids=ids[second], **asked),
        query_sample=sample,
    )  # fmt: skip
    apart = study(
        version(old[both], ids=ids[both], **asked), version(new[both], "new", ids=ids[both], **asked),
        query_sample=sample,
    )  # fmt: skip
    assert_same_shift(result, apart)
    assert_same_shift(result, apart, scope="queries")
    facts = {one["scope"]: one for one in result.facts["alignment"]}
    assert (facts["corpus"]["shared"], facts["corpus"]["added"], facts["corpus"]["removed"]) == (200, 40, 60)
    assert facts["corpus"]["added_examples"] == ["0260", "0261", "0262", "0263", "0264"]
    assert facts["corpus"]["removed_examples"] == ["0000", "0001", "0002", "0003", "0004"]
    assert (facts["queries"]["shared"], facts["queries"]["added"]) == (30, 0)


def test_queries_of_only_one_version_are_counted_and_not_measured(study):
    old, new = drifted(100)
    queries = clustered(30, 16, seed=5)
    result = study(
        version(old, queries=queries[:20], query_ids=np.arange(20)),
        version(new, "new", queries=queries[8:], query_ids=np.arange(8, 30)),
        query_sample=5,
    )
    facts = result.facts["alignment"][1]
    assert (facts["shared"], facts["added"], facts["removed"]) == (12, 10, 8)
    assert facts["removed_examples"] == ["0", "1", "2", "3", "4"]
    assert set(per_query(result, scope="queries").index) <= {str(one) for one in range(8, 20)}
    assert figure(result, "overlap", 10, scope="queries")["n"] == 5


class Labels:
    """Remembers what was started."""

    def __init__(self):
        self.started = []

    def start(self, label, total, done=0):
        self.started.append((label, total, done))

    def advance(self, amount):
        pass

    def finish(self):
        pass


def test_items_that_lose_nearly_all_their_neighbours_are_searched_again(study, tmp_path):
    old, new = drifted(500)
    old[:200] = jittered(old[:1].repeat(200, 1), 0.999, seed=3)
    ids = np.arange(500)
    kept = np.concatenate((np.arange(0, 200, 20), np.arange(200, 500)))
    labels = Labels()
    given = StudyInput(version(old, ids=ids), (version(new[kept], "new", ids=kept),))
    result = neighbor_shift(given, cache=TableCache(tmp_path / "own"), progress=labels)
    again = [total for label, total, _ in labels.started if label == "exact neighbours of old, pairs"]
    assert again[0] == 500 * 500
    assert 10 * 500 <= again[1] < 310 * 500
    assert_same_shift(result, study(version(old[kept], ids=kept), version(new[kept], "new", ids=kept)))


def test_overlap_with_added_and_removed_equals_brute_force(study):
    old, new = drifted(220)
    queries, asked = clustered(25, 16, seed=5), clustered(25, 16, seed=6)
    result = study(
        version(old[:180], ids=np.arange(180), queries=queries),
        version(new[30:], "new", ids=np.arange(30, 220), queries=asked),
    )
    for scope, before, after in (("corpus", None, None), ("queries", queries, asked)):
        left = np.argsort(-brute_scores(old[:180], before), axis=1)[:, :10]
        right = np.argsort(-brute_scores(new[30:], after), axis=1)[:, :10] + 30
        pairs = zip(left[30:], right[:150], strict=True) if before is None else zip(left, right, strict=True)
        expected = np.mean([len(set(one) & set(other)) / 10 for one, other in pairs])
        row = figure(result, "overlap_with_added_removed", 10, scope=scope)
        assert row["value"] == pytest.approx(expected)
        own = int(before is None)
        assert row["chance"] == pytest.approx(10 * (150 - own) / ((180 - own) * (190 - own)))
        assert row["floor"] == figure(result, "overlap", 10, scope=scope)["floor"]


def test_without_added_or_removed_ids_there_is_no_second_figure(study):
    old, new = drifted(60)
    assert ("overlap_with_added_removed", 10) not in figures(study(version(old), version(new, "new")))


def test_rows_without_a_partner_come_in_the_order_of_their_ids():
    vectors = clustered(6, 4, seed=1)
    joined = match_sets(
        checked(vectors, ids=[50, 3, 40, 7, 1, 2]), checked(vectors, ids=[7, 900, 3, 80, 1, 2]), least=2
    )  # fmt: skip
    assert joined.ids.tolist() == [1, 2, 3, 7]
    assert joined.removed.tolist() == [2, 0]
    assert joined.added.tolist() == [3, 1]
    unshared = joined.candidate_numbering(6, unshared=True)
    assert unshared.tolist() == [3, 7, 2, 6, 0, 1]
    assert joined.reference_numbering(6).tolist() == [-1, 2, -1, 3, 0, 1]
    assert joined.reference_numbering(6, unshared=True).tolist() == [5, 2, 4, 3, 0, 1]


def test_canonical_order_is_that_of_ids_without_what_takes_no_part():
    vectors = clustered(4, 4, seed=1)
    one = checked(vectors, ids=[30, 10, 40, 20])
    one = replace(one, left_out=np.array([2]))
    ids, rows = one.ordered_ids, one.ordered_rows
    assert ids.tolist() == [10, 20, 30]
    assert rows.tolist() == [1, 3, 0]
    assert one.numbering.tolist() == [2, 0, -1, 1]


def test_versions_that_share_a_single_item_are_refused(study):
    old, new = drifted(30)
    with pytest.raises(InputError, match="share 1 usable ids, and need at least 2"):
        study(version(old, ids=np.arange(30)), version(new, "new", ids=np.arange(29, 59)), k=1)
