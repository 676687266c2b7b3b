"""What the figures would be if nothing but noise had changed."""

import numpy as np
import pytest
import torch
from shift_cases import drifted, figure, figures, version

from embdrift.data.synthetic import clustered, jittered


def test_a_second_encoding_sets_the_floor_to_what_it_would_show_as_a_candidate(study):
    old, new = drifted(250, cosine=0.8)
    encoded = jittered(old, 0.999, seed=7)
    queries = clustered(30, 16, seed=5)
    asked = jittered(queries, 0.999, seed=8)
    reference = version(old, queries=queries)
    second = version(encoded, "old", queries=asked)  # may bear the reference's name
    result = study(reference, version(new, "new", queries=queries), again=second)
    shown = study(reference, version(encoded, "again", queries=asked))
    for scope in ("corpus", "queries"):
        found, floors = figures(result, scope=scope), figures(shown, scope=scope, candidate="again")
        for metric, k in (
            *(("overlap", k) for k in (1, 10, 100)), ("rbo", 100), ("top1_flip", 1),
            ("rank_displacement", 10), ("lost_beyond_depth", 10), ("r_nx", 10), ("r_nx_area", 100), ("jaccard", 10),
        ):  # fmt: skip
            assert found[metric, k]["floor"] == pytest.approx(floors[metric, k]["value"]), metric
        assert found["overlap", 10]["value"] < found["overlap", 10]["floor"] < 1
    for metric in ("self_displacement", "aligned_self_displacement", "cka_debiased"):
        assert figure(result, metric)["floor"] == figure(shown, metric, candidate="again")["value"]
    curve = result.tables["curve"]
    assert curve[curve["scope"] == "corpus"]["floor"].tolist() == pytest.approx(
        shown.tables["curve"].query("scope == 'corpus'")["overlap"].tolist()
    )


def test_a_second_encoding_named_like_a_candidate_is_not_taken_for_it(study):
    old, new = drifted(100)
    found = study(version(old), version(new, "new"), again=version(old, "new"))
    row = figure(found, "overlap", 10)
    assert row["floor"] == 1
    assert row["value"] < 1


def test_without_a_second_encoding_one_rounding_sets_the_floor(study):
    old, new = drifted(300)
    row = figure(study(version(old), version(new, "new")), "overlap", 10)
    assert 0.999 < row["floor"] <= 1
    near = torch.cat((old[:1] + 1e-6 * clustered(100, 16, seed=3), old[:200]))
    assert figure(study(version(near), version(near, "new")), "overlap", 10)["floor"] < 0.99


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8])
def test_whole_numbers_have_no_rounding_floor_and_say_why(study, dtype):
    vectors = (clustered(80, 8, seed=1).abs() * 200).to(dtype)
    result = study(version(vectors), version(vectors, "new"))
    row = figure(result, "overlap", 10)
    kind = str(dtype).removeprefix("torch.")
    assert np.isnan(row["floor"])
    assert row["note"] == f"no floor: {kind} vectors have no float32 rounding"
    assert result.notes == (f"Noise floor: no floor: {kind} vectors have no float32 rounding.",)
    assert np.isnan(figure(result, "self_displacement")["floor"])


def test_a_floor_that_is_not_wanted_is_not_measured_and_says_so(study):
    old, new = drifted(80)
    result = study(version(old), version(new, "new"), noise_floor=False)
    row = figure(result, "overlap", 10)
    assert np.isnan(row["floor"])
    assert row["note"] == "not measured: noise_floor=false"
    assert np.isnan(result.tables["curve"]["floor"]).all()


def test_vectors_beyond_float32_have_no_rounding_floor_and_say_why(study):
    vectors = clustered(60, 8, seed=1).double() * 1e60
    result = study(version(vectors), version(vectors, "new"))
    row = figure(result, "overlap", 10)
    assert row["value"] == 1
    assert row["note"] == "no floor: the vectors leave the range of float32"
    assert figure(result, "noise_equivalent_overlap", 10)["value"] == 1


def test_noise_of_the_same_size_falls_as_the_vectors_move_further(study):
    old, _ = drifted(300)
    names = {"near": 0.99, "far": 0.9, "farther": 0.5}
    result = study(version(old), *(version(jittered(old, cosine, seed=3), name) for name, cosine in names.items()))
    found = {name: figure(result, "noise_equivalent_overlap", 10, candidate=name)["value"] for name in names}
    assert found["near"] > found["far"] > found["farther"]
    # The candidates are such noise themselves.
    for name, value in found.items():
        assert value == pytest.approx(figure(result, "overlap", 10, candidate=name)["value"], abs=0.04)
    assert np.isnan(figure(result, "noise_equivalent_overlap", 10, candidate="far")["floor"])
