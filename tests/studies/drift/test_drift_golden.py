"""Golden pairs held against versions: rank correlation, pass rate, and the pairs that broke."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import torch
from drift_findings import parts
from shift_cases import version

from embdrift.data import GoldenPairs
from embdrift.errors import InputError
from embdrift.studies.drift.golden import ONE_GRADE, ONE_KIND, golden_findings, require_golden
from embdrift.studies.drift.options import DriftOptions
from embdrift.studies.engine.study import StudyInput

NAN = float("nan")


def at_angles(*degrees):
    """Unit vectors in the plane."""
    angles = np.radians(degrees)
    return torch.from_numpy(np.stack([np.cos(angles), np.sin(angles)], axis=1)).float()


def pairs(*rows, graded=False):
    """Golden pairs from (a, b, grade) or (a, b, grade, a_is, b_is)."""
    frame = pd.DataFrame(
        [(*row, "", "")[:5] for row in rows], columns=["a", "b", "grade", "a_is", "b_is"]
    ).astype({"grade": float})  # fmt: skip
    frame["similar"] = NAN if graded else frame["grade"]
    return GoldenPairs(frame, graded, "pairs.csv")


def findings(golden, old, new, **options):
    versions = [
        version(at_angles(*angles), name, ids=[f"i{row}" for row in range(len(angles))])
        for angles, name in ((old, "old"), (new, "new"))
    ]
    return parts(golden_findings(StudyInput(versions[0], (versions[1],), golden=golden), DriftOptions(**options)))


def row_of(rows, metric, candidate="new"):
    return next(row for row in rows if (row.metric, row.candidate) == (metric, candidate))


# i0 and i1 are near each other, i0 and i2 far, i2 and i3 near, i1 and i3 far
GOLDEN = pairs(("i0", "i1", 1), ("i0", "i2", 0), ("i2", "i3", 1), ("i1", "i3", 0))
OLD = (0, 10, 88, 100)


def test_a_version_against_itself_breaks_nothing():
    rows, tables, notes = findings(GOLDEN, OLD, OLD)
    assert row_of(rows, "golden_pass_rate", "old").value == row_of(rows, "golden_pass_rate").value == 1
    assert row_of(rows, "golden_spearman").value == pytest.approx(
        scipy.stats.spearmanr([1, 0, 1, 0], np.cos(np.radians([10, 88, 12, 90]))).statistic
    )
    assert row_of(rows, "golden_broken").value == row_of(rows, "golden_pass_rate_change").value == 0
    assert tables["golden_pairs"].empty
    assert notes == ()


def test_the_pairs_that_broke_and_those_that_mended_are_listed():
    # in the new version i1 has gone over to i3
    golden = pairs(("i0", "i1", 1), ("i0", "i2", 0), ("i2", "i3", 1), ("i1", "i3", 1))
    rows, tables, _ = findings(golden, OLD, (0, 100, 90, 100), golden_threshold=0.5)
    assert row_of(rows, "golden_pass_rate", "old").value == 0.75
    assert row_of(rows, "golden_pass_rate").value == 0.75
    assert row_of(rows, "golden_pass_rate_change").value == 0
    assert row_of(rows, "golden_broken").value == 1
    listed = tables["golden_pairs"]
    assert listed[["a", "b", "outcome"]].to_numpy().tolist() == [["i0", "i1", "broken"], ["i1", "i3", "mended"]]
    assert listed["reference_cosine"].to_numpy() == pytest.approx(np.cos(np.radians([10, 90])), abs=1e-6)
    assert listed["candidate_cosine"].to_numpy() == pytest.approx(np.cos(np.radians([100, 0])), abs=1e-6)


def test_the_cut_off_suits_the_reference_and_stays_for_the_candidate():
    rows, _, _ = findings(GOLDEN, OLD, (0, 75, 88, 162))
    assert "cut-off 0.5065, on which most pairs pass in old" in row_of(rows, "golden_pass_rate").note
    assert row_of(rows, "golden_pass_rate", "old").value == 1
    # similar pairs are 75 degrees apart now, below the old cut-off, though still nearer than dissimilar ones
    assert row_of(rows, "golden_pass_rate").value == 0.5
    assert row_of(rows, "golden_spearman").value == pytest.approx(row_of(rows, "golden_spearman", "old").value)


def test_graded_scores_are_ranked_and_split_in_their_middle_unless_told_where():
    golden = pairs(("i0", "i1", 5), ("i0", "i2", 1), ("i2", "i3", 4), ("i1", "i3", 0), graded=True)
    rows, _, _ = findings(golden, (0, 10, 80, 100), (0, 10, 80, 100))
    cosines = np.cos(np.radians([10, 80, 20, 90]))
    assert row_of(rows, "golden_spearman").value == pytest.approx(
        scipy.stats.spearmanr([5, 1, 4, 0], cosines).statistic
    )
    assert "similar from a score of 2.5, the middle of the scores" in row_of(rows, "golden_pass_rate").note
    rows, _, _ = findings(golden, OLD, OLD, golden_similar_from=1, golden_threshold=0.5)
    row = row_of(rows, "golden_pass_rate")
    assert row.value == 0.75
    assert row.note == "cut-off 0.5 as set; similar from a score of 1 as set"


def test_unknown_ids_are_counted_and_listed_and_their_pairs_left_out():
    golden = pairs(*GOLDEN.frame[["a", "b", "grade"]].itertuples(index=False), ("i0", "gone", 1), ("lost", "gone", 0))
    rows, _, notes = findings(golden, OLD, OLD)
    row = row_of(rows, "golden_pass_rate")
    assert (row.value, row.n) == (1, 4)
    assert "2 of 6 left out: an id is not there, or a vector is zero" in row.note
    assert notes == ("old, new: 2 of 6 golden pairs name 2 ids that are not there, and are left out (gone, lost).",)


def test_pairs_of_one_kind_have_no_correlation_and_need_a_cut_off():
    rows, tables, _ = findings(pairs(("i0", "i1", 1), ("i2", "i3", 1)), OLD, OLD)
    for metric, why in (("golden_spearman", ONE_GRADE), ("golden_pass_rate", ONE_KIND)):
        for name in ("old", "new"):
            row = row_of(rows, metric, name)
            assert np.isnan(row.value)
            assert why in row.note
    assert np.isnan(row_of(rows, "golden_broken").value)
    assert tables["golden_pairs"].empty
    rows, _, _ = findings(pairs(("i0", "i1", 1), ("i2", "i3", 1)), OLD, OLD, golden_threshold=0.9)
    assert row_of(rows, "golden_pass_rate").value == 1


def test_one_pair_has_no_correlation_and_a_pass_rate():
    rows, _, _ = findings(pairs(("i0", "i1", 1)), OLD, OLD, golden_threshold=0.9)
    assert np.isnan(row_of(rows, "golden_spearman").value)
    assert row_of(rows, "golden_pass_rate").value == 1
    assert row_of(rows, "golden_pass_rate").low > 0


def test_ids_may_be_queries_and_what_is_said_of_them_decides():
    items = [version(at_angles(0, 90), name, ids=["1", "2"], queries=at_angles(90, 0, 45), query_ids=["1", "q", "2"])
             for name in ("old", "new")]  # fmt: skip
    golden = pairs(("1", "2", 1, "query", "item"), ("1", "2", 0), ("q", "1", 1), ("q", "q", 0, "query", "query"))
    given = StudyInput(items[0], (items[1],), golden=golden)
    rows, _, notes = parts(golden_findings(given, DriftOptions(golden_threshold=0.5)))
    # query 1 at 90 degrees is item 2; items 1 and 2 are at right angles; q is item 1; q is itself, though not alike
    assert row_of(rows, "golden_pass_rate").value == 0.75
    assert notes == (
        "old, new: 2 ids of golden pairs are both an item and a query, and are read as items; columns a_is and b_is can"
        " say which.",
    )


def test_a_zero_vector_takes_its_pairs_out():
    vectors = at_angles(*OLD)
    vectors[1] = 0
    given = StudyInput(version(at_angles(*OLD)), (version(at_angles(*OLD), "new"),), golden=GOLDEN)
    numbered = GOLDEN.frame.assign(a=GOLDEN.frame["a"].str[1:], b=GOLDEN.frame["b"].str[1:])
    inner = replace(given.candidates[0].corpus, vectors=vectors)
    given = replace(
        given, golden=replace(GOLDEN, frame=numbered), candidates=(replace(given.candidates[0], corpus=inner),)
    )
    rows = golden_findings(given, DriftOptions()).rows
    assert row_of(rows, "golden_pass_rate").n == 2
    assert row_of(rows, "golden_pass_rate", "old").n == 4


def test_pairs_about_nothing_that_is_there_are_refused_first():
    versions = [version(at_angles(*OLD), name) for name in ("old", "new")]
    given = StudyInput(versions[0], (versions[1],), golden=GOLDEN)
    with pytest.raises(InputError, match=r"none of 4 pairs in pairs\.csv names two ids of old; check that their ids"):
        require_golden(given)


def test_without_golden_pairs_there_is_nothing_to_say():
    versions = [version(at_angles(*OLD), name) for name in ("old", "new")]
    assert parts(golden_findings(StudyInput(versions[0], (versions[1],)), DriftOptions())) == ([], {}, ())
