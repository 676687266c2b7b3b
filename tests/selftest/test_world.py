import numpy as np
import pytest
import torch

from embdrift.data.synthetic import clustered
from embdrift.errors import InputError
from embdrift.selftest.world import (
    ASKED,
    COHORTS,
    ENCODED_TWICE,
    LEAST_ITEMS,
    RELEVANT,
    neighborhoods,
    sampled_world,
    synthetic_world,
)

WORLD = synthetic_world(400, 24, queries=60, seed=1)


def cosines(a, b):
    return torch.nn.functional.cosine_similarity(a.double(), b.double()).numpy()


def test_a_world_is_seeded():
    again, other = (synthetic_world(400, 24, queries=60, seed=seed) for seed in (1, 2))
    assert torch.equal(again.corpus, WORLD.corpus)
    assert again.qrels.frame.equals(WORLD.qrels.frame)
    assert not torch.equal(other.corpus, WORLD.corpus)


def test_every_encoding_is_equally_far_from_the_truth_and_independent_of_the_others():
    again, asked = WORLD.encoded_again(99)
    for one in (WORLD.corpus, again):
        np.testing.assert_allclose(cosines(one, WORLD.truth), ENCODED_TWICE, atol=1e-7)
    np.testing.assert_allclose(cosines(asked, WORLD.asked), ENCODED_TWICE, atol=1e-7)
    ours, theirs = WORLD.corpus - WORLD.truth, again - WORLD.truth
    assert abs(cosines(ours, theirs).mean()) < 0.05


def test_queries_are_planted_near_what_is_most_relevant_to_them():
    frame = WORLD.qrels.frame
    assert frame["query"].nunique() == 60
    assert (frame.groupby("query").size() == RELEVANT).all()
    seats = frame[frame["relevance"] == 2]
    at = torch.tensor(seats["item"].astype(int).tolist())
    near = cosines(WORLD.queries[torch.tensor(seats["query"].astype(int).tolist())], WORLD.corpus[at])
    assert ASKED[0] - 0.01 < near.min() < near.max() < ASKED[1] + 0.01
    assert np.ptp(near) > 0.1


def test_relevant_items_are_the_nearest_to_the_seat():
    units = WORLD.truth.double() / WORLD.truth.double().norm(dim=1, keepdim=True)
    for _, rows in WORLD.qrels.frame.groupby("query"):
        seat = int(rows.loc[rows["relevance"] == 2, "item"].iloc[0])
        nearest = np.argsort(-(units @ units[seat]).numpy())[:RELEVANT]
        assert set(rows["item"].astype(int)) == set(nearest.tolist())


def test_groups_hold_neighbors_and_cohorts_hold_groups():
    groups = neighborhoods(WORLD.truth, 5)
    units = torch.nn.functional.normalize(WORLD.truth.double(), dim=1)
    scores = (units @ units.T).numpy()
    same = groups[:, None] == groups
    assert scores[same].mean() > scores[~same].mean() + 0.1
    assert len(np.unique(WORLD.cohorts)) == COHORTS
    for group in np.unique(WORLD.groups):
        assert len(np.unique(WORLD.cohorts[group == WORLD.groups])) == 1


def test_the_other_version_lies_in_another_space():
    assert cosines(WORLD.other, WORLD.corpus).mean() < 0.5


def test_a_sample_of_given_vectors_keeps_its_cap_and_passes_over_zeros():
    vectors = clustered(600, 8, seed=0).half()
    vectors[::3] = 0
    world = sampled_world(vectors, source="v.npy", cap=480, queries=20, seed=0)
    assert world.corpus.dtype == torch.float32
    assert LEAST_ITEMS <= world.n < 480
    assert (world.corpus.norm(dim=1) > 0).all()


def test_vectors_that_cannot_serve_are_refused_in_one_sentence():
    with pytest.raises(
        InputError, match=r"v.npy: a self-test needs at least 300 vectors that are not zero.* got 200 of 8"
    ):
        sampled_world(clustered(200, 8, seed=0), source="v.npy", cap=1000, queries=20, seed=0)
    with pytest.raises(InputError, match="got 400 of 1"):
        sampled_world(torch.ones(400, 1), source="v.npy", cap=1000, queries=20, seed=0)
    broken = clustered(400, 8, seed=0)
    broken[7, 2] = float("nan")
    broken[9, 1] = float("inf")
    with pytest.raises(
        InputError, match=r"2 of 400 vectors drawn hold NaN or infinite values; `embdrift check v\.npy`"
    ):
        sampled_world(broken, source="v.npy", cap=1000, queries=20, seed=0)
