"""The two axes: large and significant at once on the one, overlap against limit and noise on the other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import NAN, frame, judged, overlap, row

from embdrift.gates import Axis, Better, Outcome, Rule
from embdrift.gates.axes import distribution_axis, neighbor_axis
from embdrift.results import Summary

ANY = Rule("overlap", Better.higher, warn=0.95, fail=0.85)
STILL = [row("domain_auc", 0.5), row("domain_auc_p", 0.6), row("mmd", 0.0), row("mmd_p", 0.4)]


def distribution(*rows):
    return distribution_axis(Summary.of(frame(*rows), k=10), "new").axis


def neighbors(*rows):
    return neighbor_axis(Summary.of(frame(*rows), k=10), "new").axis


@pytest.mark.parametrize(
    ("size", "test", "axis"),
    [
        (("domain_auc", 0.8), ("domain_auc_p", 0.005), Axis.moved),
        (("domain_auc", 0.8), ("domain_auc_p", 0.2), Axis.unmoved),
        (("domain_auc", 0.53), ("domain_auc_p", 1e-12), Axis.unmoved),
        (("mmd", 0.02), ("mmd_p", 0.005), Axis.moved),
        (("mmd", 0.0001), ("mmd_p", 0.005), Axis.unmoved),
        (("wasserstein_mean", 0.2), ("ks_rejected_share", 0.5), Axis.moved),
        (("wasserstein_mean", 0.02), ("ks_rejected_share", 1.0), Axis.unmoved),
        (("wasserstein_mean", 0.2), ("ks_rejected_share", 0.0), Axis.unmoved),
        (("domain_auc", NAN), ("domain_auc_p", NAN), Axis.unknown),
        (("domain_auc", 0.9), ("domain_auc_p", NAN), Axis.unknown),
        (("domain_auc", 0.9), ("mmd_p", 0.005), Axis.unknown),
    ],
)
def test_a_change_moves_the_axis_where_it_is_large_and_no_accident(size, test, axis):
    assert distribution(row(*size), row(*test)) is axis


@given(st.floats(0.5, 0.599), st.floats(0, 0.00499), st.floats(0, 0.0799))
@settings(deadline=None, max_examples=30)
def test_significance_alone_never_moves_the_axis_however_many_items_there_are(auc, mmd, shift):
    rows = [row("domain_auc", auc, n=10**7), row("domain_auc_p", 0.0), row("mmd", mmd), row("mmd_p", 0.0)]
    rows += [row("wasserstein_mean", shift), row("ks_rejected_share", 1.0), row("norm_kl", 0.09, chance=1e-9)]
    assert distribution(*rows) is Axis.unmoved


def test_lengths_move_the_axis_and_their_stillness_does_not_make_it_known():
    assert distribution(row("norm_kl", 0.5, chance=0.01)) is Axis.moved
    assert distribution(row("norm_kl", 0.5, chance=0.2)) is Axis.unknown
    assert distribution(row("norm_kl", 0.0, chance=0.01)) is Axis.unknown
    assert distribution(row("norm_kl", 0.5, chance=0.01), *STILL) is Axis.moved


def test_any_scope_can_move_the_axis_and_cohorts_cannot():
    moved = [row("domain_auc", 0.9), row("domain_auc_p", 0.005)]
    assert distribution(*STILL, *(one | {"scope": "queries"} for one in moved)) is Axis.moved
    assert distribution(*STILL, *(one | {"cohort": "lang=de"} for one in moved)) is Axis.unmoved


def test_neighbours_are_unmoved_where_nearly_all_are_kept():
    assert neighbors(overlap(0.95)) is Axis.unmoved
    assert neighbors(overlap(0.949)) is Axis.moved


def test_what_moved_does_not_depend_on_who_asks():
    for fail in (0.1, 0.999):
        assert judged([overlap(0.9)], Rule("overlap", Better.higher, fail=fail)).neighbor_axis is Axis.moved


def test_neighbours_within_noise_are_unmoved():
    assert neighbors(overlap(0.7, floor=0.7)) is Axis.unmoved
    assert neighbors(overlap(0.69, floor=0.7)) is Axis.moved


def test_a_sampled_overlap_must_lie_on_one_side():
    assert neighbors(overlap(0.96, low=0.94, high=0.98)) is Axis.unknown
    assert neighbors(overlap(0.97, low=0.96, high=0.98)) is Axis.unmoved
    assert neighbors(overlap(0.93, low=0.92, high=0.94)) is Axis.moved


def test_one_scope_that_moved_is_enough():
    assert neighbors(overlap(0.99), overlap(0.5, scope="queries")) is Axis.moved
    assert neighbors(overlap(0.99), overlap(NAN, scope="queries")) is Axis.unmoved
    assert neighbors(overlap(NAN)) is Axis.unknown
    assert neighbors() is Axis.unknown


MOVED = [row("domain_auc", 0.9), row("domain_auc_p", 0.005)]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([*STILL, overlap(1.0)], "nothing moved"),
        ([*MOVED, overlap(1.0)], "safe after a full re-embedding, fatal if old and new vectors are mixed"),
        ([*MOVED, overlap(0.4)], "both moved: users will see other results"),
        ([*STILL, overlap(0.01), row("self_found", 0.01)], "documents and vectors no longer belong together"),
        ([*STILL, overlap(0.8), row("self_found", 0.9), row("vector_of_another", 0.1)], "no longer belong together"),
        ([*STILL, overlap(0.8), row("self_found", 1.0)], "a change that no test of the distribution sees"),
        ([*STILL, overlap(0.01), row("aligned_self_displacement", 0.5, chance=0.5)], "no longer belong together"),
        ([overlap(1.0)], "whether the distribution moved was not measured"),
        ([overlap(0.4)], "users will see other results; whether the distribution moved was not measured"),
        (MOVED, "whether the neighbours did cannot be told"),
        (STILL, "whether the neighbours moved cannot be told"),
        ([row("ndcg_change", 0.0)], "neither axis was measured"),
    ],
)
def test_the_finding_in_words(rows, words):
    assert words in judged(rows, ANY).finding


def test_a_rotation_is_no_failure():
    found = judged([*MOVED, overlap(1.0)], ANY)
    assert (found.outcome, found.neighbor_axis, found.distribution_axis) == (Outcome.pass_, Axis.unmoved, Axis.moved)
