"""The most moved items, and scores under both versions."""

import numpy as np
import pytest
from shift_cases import brute_scores, drifted, figure, items_table, per_query, version

from embdrift.data.synthetic import clustered, jittered
from embdrift.studies.engine.examples import TEXT_LENGTH


@pytest.fixture
def moved(study):
    old, new = drifted(200, cosine=0.8)
    queries = clustered(20, 16, seed=5)
    asked = jittered(queries, 0.8, seed=6)
    ids = np.array([f"item {row:03d}" for row in range(200)])
    texts = [f"text of {one} " + "x" * (400 if row == 0 else 0) for row, one in enumerate(ids)]
    result = study(
        version(old, ids=ids, queries=queries, query_ids=ids[:20]),
        version(new, "new", ids=ids, queries=asked, query_ids=ids[:20]),
        items=items_table(ids, texts=texts),
        examples=7,
        k=6,
    )
    return result, {"corpus": (old, new, None, None), "queries": (old, new, queries, asked)}, ids


@pytest.mark.parametrize("scope", ["corpus", "queries"])
def test_the_most_moved_items_come_first_with_their_own_neighbours_on_both_sides(moved, scope):
    result, cases, ids = moved
    shown = result.tables["most_moved"].query("scope == @scope")
    order = shown["item"].drop_duplicates().tolist()
    overlaps = per_query(result, scope=scope)["overlap"]
    assert len(order) == 7
    assert overlaps[order].tolist() == sorted(overlaps)[:7]
    assert shown.groupby("item", sort=False)["overlap"].first().tolist() == overlaps[order].tolist()
    old, new, queries, asked = cases[scope]
    scores = {"reference": brute_scores(old, queries), "candidate": brute_scores(new, asked)}
    for (item, side), rows in shown.groupby(["item", "side"]):
        row = scores[side][ids.tolist().index(item)]
        expected = np.argsort(-row)[:6]
        assert rows["neighbor"].tolist() == ids[expected].tolist()
        assert rows["rank"].tolist() == [1, 2, 3, 4, 5, 6]
        np.testing.assert_allclose(rows["score"], row[expected], rtol=1e-12)
        other = shown[(shown["item"] == item) & (shown["side"] != side)]["neighbor"]
        assert rows["shared"].tolist() == rows["neighbor"].isin(other).tolist()
        assert rows["shared"].mean() == pytest.approx(overlaps[item])


def test_texts_stand_beside_items_and_are_cut_and_never_taken_for_those_of_queries(moved):
    result, _, _ = moved
    shown = result.tables["most_moved"]
    assert shown["neighbor_text"].str.startswith("text of item").all()
    assert shown["neighbor_text"].str.len().max() <= TEXT_LENGTH
    corpus = shown[shown["scope"] == "corpus"]
    assert [text.split(" x")[0].strip() for text in corpus["item_text"]] == ("text of " + corpus["item"]).tolist()
    assert (shown[shown["scope"] == "queries"]["item_text"] == "").all()
    assert per_query(result, scope="queries")["text"].isna().all()
    assert per_query(result)["text"]["item 000"].endswith("x")


@pytest.mark.parametrize("scope", ["corpus", "queries"])
def test_scores_are_those_of_old_neighbours_under_both_versions(moved, scope):
    result, cases, _ = moved
    old, new, queries, asked = cases[scope]
    before, after = brute_scores(old, queries), brute_scores(new, asked)
    nearest = np.argsort(-before, axis=1)[:, :10]
    shown = result.tables["scores"].query("scope == @scope")
    assert len(shown) == nearest.size
    np.testing.assert_allclose(shown["reference_score"], np.take_along_axis(before, nearest, axis=1).ravel())
    np.testing.assert_allclose(shown["candidate_score"], np.take_along_axis(after, nearest, axis=1).ravel())
    new_nearest = np.argsort(-after, axis=1)[:, :10]
    kept = [np.isin(one, other) for one, other in zip(nearest, new_nearest, strict=True)]
    assert shown["kept"].tolist() == np.concatenate(kept).tolist()


def test_scores_are_shown_for_a_sample_of_large_corpora(study, monkeypatch):
    monkeypatch.setattr("embdrift.studies.engine.examples.SCORED_ROWS", 30)
    old, new = drifted(120)
    assert len(study(version(old), version(new, "new")).tables["scores"]) == 300


def test_no_examples_are_shown_where_none_are_wanted(study):
    old, new = drifted(60)
    assert "most_moved" not in study(version(old), version(new, "new"), examples=0).tables


def test_without_texts_no_text_is_anywhere(study):
    old, new = drifted(80)
    ids = [f"item {row}" for row in range(80)]
    secret = items_table(ids, [f"kind {row % 2}" for row in range(80)], [f"secret {row}" for row in range(80)])
    queries = clustered(9, 16, seed=5)
    given = [version(one, name, ids=ids, queries=queries) for one, name in ((old, "old"), (new, "new"))]
    for texts in (True, False):
        result = study(*given, items=secret, texts=texts)
        frames = [result.summary, result.per_query, *result.tables.values()]
        assert any("secret" in frame.to_csv() for frame in frames) == texts
        assert ("text" in result.per_query) == texts
        assert figure(result, "overlap", 10, cohort="kind=kind 0")["n"] == 40
