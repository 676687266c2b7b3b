"""The whole study on small vectors: controls that must come out right, and what happens to cells that cannot be."""

from dataclasses import replace

import numpy as np
import pytest
from ann_runs import run, shuffled, small_options, version

from embdrift.data.synthetic import clustered, jittered, rotated, with_duplicates
from embdrift.errors import InputError
from embdrift.index import Outcome, State, registered
from embdrift.index.worker import work
from embdrift.types import Similarity

N, D = 1500, 24


@pytest.fixture(scope="module")
def patch():
    with pytest.MonkeyPatch.context() as given:
        yield given


@pytest.fixture(scope="module")
def controls(patch, tmp_path_factory):
    """The reference against itself, turned, cut and moved."""
    old = clustered(N, D, seed=1)
    candidates = [
        version("same", old.clone()),
        version("turned", rotated(old, 3)),
        version("cut", old[:, :16].contiguous()),
        version("moved", jittered(old, 0.7, 5)),
    ]
    return run(patch, tmp_path_factory.mktemp("cache"), version("old", old), candidates)


def test_flat_search_finds_everything(controls):
    curve = controls.tables["curve"]
    assert (curve[curve["kind"] == "flat"]["recall"].round(4) == 1).all()
    assert not any("Control failed" in note for note in controls.notes)


@pytest.mark.parametrize("metric", list(Similarity))
def test_flat_search_finds_everything_under_every_metric_and_with_duplicates(metric, monkeypatch, tmp_path):
    options = small_options(seeds=[0])
    options.index.hnsw_flat = options.index.ivf_flat = options.index.scalar = None
    vectors = with_duplicates(clustered(400, D, seed=2), 0.2, 3) * 1.5
    result = run(monkeypatch, tmp_path, version("old", vectors, similarity=metric), [], options=options)
    assert (result.tables["curve"]["recall"].round(4) == 1).all()


def test_a_version_against_itself_loses_nothing_fresh_or_stale(controls):
    mine = controls.tables["comparisons"].query("candidate == 'same' and recall == recall")
    assert set(mine["question"]) == {"transfer", "stale"}
    assert (mine["change"] == 0).all()
    assert (mine["verdict"] == "kept").all()
    assert (controls.tables["decisions"].query("candidate == 'same'")["decision"] == "keep").all()


def test_a_turned_version_keeps_every_neighbor_and_its_graph(controls):
    assert (controls.tables["exact_overlap"].query("candidate == 'turned'")["overlap"] >= 0.9999).all()
    curve = controls.tables["curve"].query("kind == 'hnsw_flat'").set_index(["search", "k"])
    fresh, stale = (
        curve[(curve["version"] == v) & (curve["question"] == q)] for v, q in (("old", "fresh"), ("turned", "stale"))
    )
    assert np.allclose(fresh["recall"], stale["recall"][fresh.index], atol=1e-3)


def test_a_turned_version_wrecks_lists_trained_on_the_old_one(controls):
    mine = controls.tables["comparisons"].query("candidate == 'turned' and index == 'IVF32,Flat' and k == 10")
    stale, transfer = (mine[mine["question"] == one].iloc[0] for one in ("stale", "transfer"))
    assert stale["verdict"] == "lost"
    assert stale["recall"] < stale["recall_reference"] - 0.15
    assert stale["p_holm"] < 0.05
    assert abs(transfer["change"]) <= max(0.01, transfer["reseed"])
    decision = controls.tables["decisions"].query("candidate == 'turned' and index == 'IVF32,Flat' and k == 10")
    assert decision["decision"].iloc[0] in ("rebuild", "inconclusive")


def test_a_graph_is_kept_for_a_turned_version_with_duplicates_within_training_noise(monkeypatch, tmp_path):
    old = with_duplicates(clustered(N, D, seed=1), 0.2, 4)
    options = small_options(seeds=[0, 1, 2])
    options.index.ivf_flat = options.index.scalar = None
    result = run(monkeypatch, tmp_path, version("old", old), [version("turned", rotated(old, 3))], options=options)
    assert (result.tables["exact_overlap"]["overlap"] >= 0.999).all()
    stale = result.tables["comparisons"].query("question == 'stale'")
    assert len(stale) == 2
    assert (stale["change"].abs() <= stale["reseed"] + 0.005).all()
    assert (result.tables["decisions"]["decision"] == "keep").all()


def test_another_dimension_leaves_stale_undefined_with_a_reason(controls):
    cells = controls.tables["cells"].query("version == 'cut' and question == 'stale'")
    assert set(cells["state"]) == {"undefined"}
    assert cells["note"].str.contains("trained on 24 dimensions cannot hold vectors of 16").all()
    stale = controls.tables["comparisons"].query("candidate == 'cut' and question == 'stale' and index != 'Flat'")
    assert (stale["verdict"] == "undefined").all()


def test_points_are_tuned_on_one_half_and_reported_on_the_other(controls):
    halves = controls.per_query.drop_duplicates("id").groupby("half")["id"].count()
    assert dict(halves) == {"reporting": 100, "tuning": 100}
    points = controls.tables["operating_points"].query("recall_tuning == recall_tuning")
    assert (points["recall_tuning"] >= 0.95).all()
    kept = controls.per_query.query("half == 'reporting' and question == 'fresh'")
    means = kept.groupby(["index", "k"])["recall"].mean()
    for row in points.to_dict("records"):
        assert row["recall_reporting"] == pytest.approx(means[row["index"], row["k"]])


def test_the_operating_point_is_the_cheapest_that_reaches_the_target(controls):
    point = controls.tables["operating_points"].query("index == 'IVF32,Flat' and k == 10").iloc[0]
    per_setting = controls.tables["curve"].query("version == 'old' and index == 'IVF32,Flat' and k == 10")
    cheaper = per_setting[per_setting["distances"] < per_setting.set_index("search")["distances"][point["search"]]]
    assert (cheaper["recall"] < 0.97).all()


def test_the_null_compares_the_reference_with_itself(controls):
    null = controls.tables["comparisons"].query("question == 'reseeded'")
    assert set(null["candidate"]) == {"old"}
    assert set(null["index"]) == {"HNSW8,Flat efc40", "IVF32,Flat"}
    assert (null["change"].abs() <= null["reseed"] + 1e-12).all()
    assert null["p_holm"].isna().all()


def test_equal_recall_of_the_reference_costs_as_much_as_itself(controls):
    mine = controls.tables["equal_recall"].query("version == 'old' and state != 'unreachable'")
    assert np.allclose(mine["distances_ratio"], 1)
    assert (mine["best"] >= 0.95).all()


def test_nothing_random_is_built_once_and_has_no_training_noise(controls):
    cells = controls.tables["cells"]
    assert set(cells[cells["kind"].isin(["flat", "scalar"])]["seed"]) == {0}
    assert (controls.tables["comparisons"].query("index == 'SQ8' and recall == recall")["reseed"] == 0).all()


def test_the_summary_has_the_common_columns_and_names_index_and_setting(controls):
    columns = ["study", "scope", "reference", "candidate", "index", "search", "cohort", "metric", "k", "value"]
    assert list(controls.summary.columns[:10]) == columns
    assert {
        "ann_recall",
        "ann_recall_transfer_change",
        "ann_recall_stale_change",
        "equal_recall_distances_ratio",
    } <= set(controls.summary["metric"])
    assert set(controls.summary["scope"]) == {"corpus"}


def test_the_queries_that_lost_most_come_first(controls):
    lost = controls.tables["most_lost"].query("candidate == 'turned' and question == 'stale' and index == 'IVF32,Flat'")
    assert lost["change"].is_monotonic_increasing
    assert len(lost) <= 20
    assert (lost["change"] < 0).all()


def test_no_figure_depends_on_the_order_of_rows(controls, monkeypatch, tmp_path):
    old = clustered(N, D, seed=1)
    (mixed, ids), (turned, turned_ids) = shuffled(old, 8), shuffled(rotated(old, 3), 9)
    result = run(
        monkeypatch, tmp_path, version("old", mixed, ids=ids), [version("turned", turned, ids=turned_ids)],
    )  # fmt: skip
    ours = result.tables["comparisons"].query("candidate == 'turned'")
    theirs = controls.tables["comparisons"].query("candidate == 'turned'")
    columns = ["question", "index", "search", "k", "recall_reference", "recall", "change", "low", "high"]
    assert ours[columns].reset_index(drop=True).equals(theirs[columns].reset_index(drop=True))


def test_queries_search_where_there_are_any(monkeypatch, tmp_path):
    old, queries = clustered(N, D, seed=1), clustered(60, D, seed=2)
    result = run(
        monkeypatch, tmp_path, version("old", old, queries), [version("turned", rotated(old, 3), rotated(queries, 3))]
    )
    assert result.facts["ann"]["scope"] == "queries"
    assert result.facts["ann"]["queries"] == 60
    assert (result.tables["exact_overlap"]["overlap"] >= 0.999).all()


def test_a_second_run_builds_nothing_and_finds_the_same(monkeypatch, tmp_path):
    old = version("old", clustered(N, D, seed=1))
    new = version("moved", jittered(old.corpus.vectors, 0.7, 5))
    first_jobs, second_jobs = [], []
    first = run(monkeypatch, tmp_path, old, [new], jobs=first_jobs)
    second = run(monkeypatch, tmp_path, old, [new], jobs=second_jobs)
    assert first_jobs
    assert not second_jobs
    assert first.summary.equals(second.summary)
    assert not list((tmp_path / "ann").glob("vectors-*"))


def test_a_killed_sweep_goes_on_at_the_next_cell(monkeypatch, tmp_path):
    old, before, after = version("old", clustered(N, D, seed=1)), [], []
    whole = run(monkeypatch, tmp_path / "whole", old)

    def dies_after_three(job):
        if len(before) == 3:
            raise KeyboardInterrupt
        return work(job)

    with pytest.raises(KeyboardInterrupt):
        run(monkeypatch, tmp_path / "killed", old, jobs=before, worker=dies_after_three)
    again = run(monkeypatch, tmp_path / "killed", old, jobs=after)
    assert len(after) == len(whole.tables["cells"]) - 3
    columns = ["index", "search", "k", "recall", "recall_tie_aware", "distances"]
    assert again.tables["curve"][columns].equals(whole.tables["curve"][columns])


def test_kept_indexes_stay_within_their_room(monkeypatch, tmp_path):
    old, room = version("old", clustered(400, D, seed=1)), 150_000
    run(monkeypatch, tmp_path, old, options=small_options(kept_gb=room / 10**9))
    kept = [path.stat().st_size for path in (tmp_path / "ann" / "built").rglob("*") if path.is_file()]
    assert 0 < sum(kept) <= room


def test_other_vectors_never_meet_kept_answers(monkeypatch, tmp_path):
    jobs = []
    run(monkeypatch, tmp_path, version("old", clustered(400, D, seed=1)), [])
    run(monkeypatch, tmp_path, version("old", clustered(400, D, seed=2)), [], jobs=jobs)
    assert len(jobs) == 6


def test_a_cell_that_times_out_is_marked_and_the_sweep_goes_on(monkeypatch, tmp_path):
    old = version("old", clustered(400, D, seed=1))

    def slow_graphs(job):
        slow = job.build.kind == "hnsw_flat"
        return Outcome(State.timed_out, f"{job.build.name} took too long") if slow else work(job)

    def kinds_built(limit):
        jobs = []
        options = small_options(time_limit_seconds=limit)
        result = run(monkeypatch, tmp_path, old, options=options, jobs=jobs, worker=slow_graphs)
        return result, {job.build.kind for job in jobs}

    result, _ = kinds_built(5.0)
    states = result.tables["cells"].groupby("kind")["state"].agg(set).to_dict()
    assert states["hnsw_flat"] == {"timed out"}
    assert states["ivf_flat"] == {"done"}
    assert any("HNSW8,Flat efc40 took too long" in note for note in result.notes)
    assert kinds_built(5.0)[1] == set(), "the same limit would only be waited for again"
    assert kinds_built(10.0)[1] == {"hnsw_flat"}


def test_what_does_not_fit_is_marked_once_and_the_sweep_goes_on(monkeypatch, tmp_path):
    jobs = []
    options = small_options()
    options.index.factory = registered()["factory"](strings=["LSH"])
    result = run(monkeypatch, tmp_path, version("old", clustered(400, D, seed=1)), [], options=options, jobs=jobs)
    assert set(result.tables["cells"].query("index == 'LSH'")["state"]) == {"failed"}
    assert [job.build.name for job in jobs].count("LSH") == 1
    point = result.summary.query("metric == 'ann_recall' and index == 'LSH'")
    assert point["value"].isna().all()
    assert point["note"].str.contains("target of 0.95: faiss cannot use LSH here").all()


def test_a_setting_out_of_range_is_left_out_and_the_others_are_searched(monkeypatch, tmp_path):
    options = small_options(seeds=[0])
    options.index = type(options.index)()
    options.index.ivf_flat = registered()["ivf_flat"](nlist=[8], nprobe=[0, 4, 8, 9])
    options.index.hnsw_flat = registered()["hnsw_flat"](m=[8], ef_construction=[40], ef_search=[4])
    options.index.hnsw_sq = registered()["hnsw_sq"](m=[1], ef_search=[64])
    old = version("old", clustered(400, D, seed=1))
    result = run(monkeypatch, tmp_path, old, [version("new", clustered(400, D, seed=2))], options=options)
    left = result.tables["left_out"].query("index == 'IVF8,Flat' and k == 10")
    assert set(left["note"]) == {
        "nprobe of IVF8,Flat must be at least 1, got 0",
        "nprobe must be between 1 and the 8 lists of IVF8,Flat, got 9",
    }
    assert set(result.tables["curve"].query("index == 'IVF8,Flat'")["search"]) == {"nprobe 4", "nprobe 8"}
    notes = result.tables["decisions"].query("k == 10").set_index("index")["note"]
    assert "ef_search of HNSW8,Flat efc40 must be at least the 11 items" in notes["HNSW8,Flat efc40"]
    assert notes["HNSW1,SQ8 efc100"] == "m of HNSW1,SQ8 efc100 must be at least 2, got 1"


def test_more_queries_than_memory_and_too_few_vectors_mark_the_cell_and_the_sweep_goes_on(monkeypatch, tmp_path):
    options = small_options(seeds=[0])
    options.index.ivf_flat = registered()["ivf_flat"](nlist=[900], nprobe=[1])

    def little_memory(job):
        with pytest.MonkeyPatch.context() as patch:
            if job.build.kind == "scalar":
                patch.setattr("embdrift.index.memory.available_bytes", lambda: 1000)
            return work(job)

    old = version("old", clustered(400, D, seed=1))
    result = run(monkeypatch, tmp_path, old, options=options, worker=little_memory)
    cells = result.tables["cells"].set_index("kind")
    assert dict(cells["state"]) == {"flat": "done", "hnsw_flat": "done", "ivf_flat": "failed", "scalar": "failed"}
    assert "IVF900,Flat needs at least 900 vectors to train its 900 lists, got 400" in cells["note"]["ivf_flat"]
    assert "400 vectors and 200 queries need at least" in cells["note"]["scalar"]


def test_unsteady_times_are_said(monkeypatch, tmp_path):
    def slower_and_slower(job):
        outcome = work(job)
        speed = 1000.0 / (1 + len(seen))
        seen.append(job)
        searches = tuple(replace(one, batch=(speed, speed, speed)) for one in outcome.searches)
        return replace(outcome, searches=searches)

    seen = []
    options = small_options(seeds=[0], stale=False)
    options.index.hnsw_flat = options.index.ivf_flat = options.index.scalar = None
    old = clustered(400, D, seed=1)
    result = run(
        monkeypatch, tmp_path, version("old", old), [version("turned", rotated(old, 3))],
        options=options, worker=slower_and_slower,
    )  # fmt: skip
    assert any("Times are unsteady" in note and "500 to 1,000 queries per second" in note for note in result.notes)


def test_an_unreachable_target_is_said_in_words(monkeypatch, tmp_path):
    options = small_options(seeds=[0])
    options.index = type(options.index)()
    options.index.ivf_flat = registered()["ivf_flat"](nlist=[32], nprobe=[1])
    old = clustered(N, D, seed=1)
    result = run(monkeypatch, tmp_path, version("old", old), [version("moved", jittered(old, 0.7, 5))], options=options)
    assert set(result.tables["equal_recall"]["state"]) == {"unreachable"}
    assert set(result.tables["decisions"]["decision"]) == {"untuned"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"seeds": []}, "seeds must be a list of distinct numbers"),
        ({"ks": [10, 10]}, "ks must be a list of distinct numbers"),
        ({"target_recall": 1.5}, "target_recall must be between"),
        ({"query_sample": 2}, "query_sample must be at least 4, got 2"),
        ({"ks": [5000]}, "k must be between 1 and 399"),
        ({"time_limit_seconds": 0.0}, "time_limit_seconds must be at least"),
    ],
)
def test_settings_out_of_range_are_one_sentence(change, sentence, monkeypatch, tmp_path):
    with pytest.raises(InputError, match=sentence):
        run(monkeypatch, tmp_path, version("old", clustered(400, D, seed=1)), [], options=small_options(**change))


def test_no_index_and_two_versions_of_one_name_are_refused(monkeypatch, tmp_path):
    old = version("old", clustered(400, D, seed=1))
    options = small_options()
    options.index = type(options.index)()
    with pytest.raises(InputError, match="there is no index to sweep"):
        run(monkeypatch, tmp_path, old, [], options=options)
    with pytest.raises(InputError, match="distinct names, got 'old' 2 times"):
        run(monkeypatch, tmp_path, old, [old])


def test_queries_for_some_versions_only_are_refused(monkeypatch, tmp_path):
    old = clustered(400, D, seed=1)
    with pytest.raises(InputError, match="new has no queries but another version has"):
        run(monkeypatch, tmp_path, version("old", old, old[:50].clone()), [version("new", old.clone())])


def test_a_graph_cannot_be_kept_for_other_items(monkeypatch, tmp_path):
    old = clustered(400, D, seed=1)
    ids = [f"item {row}" for row in range(400)]
    new = version("new", old[:390].clone(), ids=ids[:390])
    result = run(monkeypatch, tmp_path, version("old", old, ids=ids), [new])
    stale = result.tables["cells"].query("question == 'stale'").groupby("kind")["state"].agg(set).to_dict()
    assert stale == {"hnsw_flat": {"undefined"}, "ivf_flat": {"done"}, "scalar": {"done"}}
