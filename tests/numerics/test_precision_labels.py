import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from embdrift.numerics import Cause, Label, PairScores, density, expected_lost, find_lost, label_lost, lost_per_noise


def scorer(scores, bound=0.0):
    table = np.asarray(scores, float)

    def of(queries, items):
        found = table[queries, items]
        return PairScores(found, np.full(found.shape, bound))

    return of


def label(true, stored, old, new, bound=0.0, first=None):
    true, old, new = np.asarray(true, float), np.array([old]), np.array([new])
    first = None if first is None else np.array([first])
    return label_lost(
        old, true[[0]][:, old[0]], new, true[[0]][:, new[0]], stored=scorer(stored, bound), first_stage=first
    )


def test_items_that_are_not_listed_again_are_lost():
    queries, ranks = find_lost(np.array([[1, 2, 3], [4, 5, 6]]), np.array([[3, 1, 9], [4, 5, 6]]))
    assert queries.tolist() == [0]
    assert ranks.tolist() == [1]


def test_an_equal_score_in_float64_is_a_tie():
    found = label([[9, 5, 5, 1]], [[9, 4, 5, 1]], [0, 1], [0, 2])
    assert found.labels.tolist() == [Label.tie]
    assert found.items.tolist() == [1]


def test_as_many_ties_as_newcomers_that_score_alike():
    true = [[9, 5, 5, 5, 1, 0]]
    found = label(true, true, [0, 1, 2], [0, 3, 4])
    assert sorted(found.labels.tolist()) == [Label.tie, Label.unexplained]
    # the last of the list is the tie, the other one was beaten by an item that scores less
    assert found.labels.tolist() == [Label.unexplained, Label.tie]


def test_stored_codes_that_rank_it_lower_explain_a_loss():
    found = label([[9, 5, 4.99, 1]], [[9, 4.98, 5, 1]], [0, 1], [0, 2])
    assert found.labels.tolist() == [Label.explained]
    assert found.causes.tolist() == [Cause.components]


def test_the_bound_of_the_arithmetic_explains_a_loss():
    found = label([[9, 5, 4.99, 1]], [[9, 5, 4.99, 1]], [0, 1], [0, 2], bound=0.006)
    assert found.labels.tolist() == [Label.explained]
    assert found.causes.tolist() == [Cause.sums]


def test_what_neither_explains_is_unexplained():
    found = label([[9, 5, 4.99, 1]], [[9, 5, 4.99, 1]], [0, 1], [0, 2], bound=0.004)
    assert found.labels.tolist() == [Label.unexplained]


def test_a_weaker_item_anywhere_in_the_list_makes_a_loss_unexplained():
    found = label([[9, 5, 4, 1]], [[9, 4, 5, 1]], [0, 1, 2], [0, 2, 3])
    assert found.labels.tolist() == [Label.unexplained]


def test_with_a_first_stage_an_item_must_be_missing_from_it():
    true, stored = [[9, 5, 4, 3]], [[9, 1, 4, 3]]
    assert label(true, stored, [0, 1], [0, 2], first=[0, 2, 3]).labels.tolist() == [Label.explained]
    assert label(true, stored, [0, 1], [0, 2], first=[0, 2, 1]).labels.tolist() == [Label.unexplained]


@given(seed=st.integers(0, 2**16), k=st.integers(1, 6), noise=st.sampled_from([0.0, 0.01, 0.3]))
@settings(max_examples=40, deadline=None)
def test_noise_within_the_bound_is_never_unexplained(seed, k, noise):
    random = np.random.default_rng(seed)
    true = np.round(random.standard_normal((5, 20)), 1)
    stored = true + noise * random.standard_normal(true.shape)
    kept = stored + random.uniform(-0.05, 0.05, true.shape)
    old = np.argsort(-true, axis=1, kind="stable")[:, :k]
    new = np.argsort(-kept, axis=1, kind="stable")[:, :k]
    found = label_lost(
        old,
        np.take_along_axis(true, old, axis=1),
        new,
        np.take_along_axis(true, new, axis=1),
        stored=scorer(stored, 0.05),
    )
    assert found.count(Label.unexplained) == 0
    assert len(found.labels) == sum(len(set(a) - set(b)) for a, b in zip(old, new, strict=True))


def test_density_is_items_per_unit_of_score():
    scores = np.linspace(1.0, 0.0, 101)[None]
    np.testing.assert_allclose(density(scores, 10), [100.0])


def test_expected_losses_are_those_of_a_simulation():
    random = np.random.default_rng(0)
    for size in (0.2, 1.0, 3.0):
        # 2,000 lists of items at random places, a hundred per unit of score
        places = np.sort(random.uniform(0, 4, (2000, 400)), axis=1)[:, ::-1]
        noisy = places + size / 100 * random.standard_normal(places.shape)
        cut = -np.sort(-noisy, axis=1)[:, 19:20]
        lost = (noisy[:, :20] < cut).sum(axis=1).mean()
        assert abs(lost - size * lost_per_noise(np.array(size))) < 0.06 * size + 0.01


def test_no_noise_costs_nothing_and_ties_throughout_cost_at_most_all():
    scores = np.array([[1.0, 1.0, 1.0, 1.0], [1.0, 0.9, 0.8, 0.7]])
    assert expected_lost(scores, np.zeros(2), 2).tolist() == [0.0, 0.0]
    found = expected_lost(scores, np.full(2, 0.01), 2)
    assert found[0] == 2
    assert 0 < found[1] < 1
