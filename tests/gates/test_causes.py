"""Likely causes: each is named with its figures where they speak for it, and not where they nearly do."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import NAN, judged, overlap, row

from embdrift.gates import Better, Rule
from embdrift.gates.causes.split import two_groups

ANY = Rule("overlap", Better.higher, warn=0.95, fail=0.85)
STILL = [row("domain_auc", 0.5), row("domain_auc_p", 0.6)]
MOVED = [row("domain_auc", 0.9), row("domain_auc_p", 0.005)]


def causes(*rows, record=None, **items):
    per_query = None
    if items:
        n = len(next(iter(items.values())))
        per_query = pd.DataFrame({"scope": ["corpus"] * n, "candidate": ["new"] * n, **items})
    found = judged([overlap(1.0), *rows], ANY, record=record, per_query=per_query).causes
    return {cause.name: " / ".join(cause.evidence) for cause in found}


def inputs(old, new):
    return {"inputs": [{"role": "reference", "name": "old"} | old, {"role": "candidate", "name": "new"} | new]}


def test_nothing_moved_and_nothing_is_said():
    rows = [row("self_displacement", 0.0), row("aligned_self_displacement", 0.0)]
    rows.append(row("as_if_stored", 1.0, note="equal bit for bit"))
    assert causes(*rows, *STILL, self_displacement=np.zeros(50), aligned_self_displacement=np.zeros(50)) == {}


def test_uniform_rotation():
    found = causes(row("self_displacement", 0.98), row("aligned_self_displacement", 1e-7))
    assert found == {
        "uniform rotation": "1 − cosine of old and new vectors is 0.98, and 1e−07 after one rotation of all"
        " / 100 % of the neighbours are kept"
    }
    assert causes(row("self_displacement", 0.98), row("aligned_self_displacement", 0.2)) == {}
    assert causes(row("self_displacement", 0.005), row("aligned_self_displacement", 0.0)) == {}
    assert causes(row("self_displacement", 0.98), row("aligned_self_displacement", NAN)) == {}


def test_constant_offset():
    found = causes(row("offset_share", 0.97), row("offset_length", 0.1))
    assert found == {
        "constant offset": "one vector, 0.1 of the median length, added to all explains 97 % of the movement"
    }
    assert causes(row("offset_share", 0.5), row("offset_length", 0.1)) == {}
    assert causes(row("offset_share", 0.97), row("offset_length", 1e-9)) == {}
    assert causes(row("offset_share", NAN), row("offset_length", 0.0)) == {}


def test_norm_change():
    rows = [row("norm_median_change", 1.0), row("norm_median", 2.0), row("norm_median", 1.0, candidate="old")]
    found = causes(*rows, record=inputs({"unit_length": True}, {"unit_length": False}))
    assert found == {
        "norm change": "the median length went from 1 to 2: the reference is normalised, the candidate is not"
    }
    assert causes(row("norm_median_change", 0.005)) == {}


def test_norm_collapse():
    rows = [row("norm_collapse", 0.2), row("norm_collapse", 0.01, candidate="old")]
    assert causes(*rows) == {
        "norm change": "20 % of the vectors have less than a tenth of the reference's median length"
    }
    rows[1]["value"] = 0.2
    assert causes(*rows) == {}


def test_format_rounding():
    rows = [row("as_if_stored", 0.99, note="as if stored in float16"), row("relative_error_median", 2e-4)]
    assert causes(*rows) == {
        "rounding to float16": "99 % of the vectors are the reference's, rounded to float16, number by number"
        " / their median relative error is 0.0002"
    }
    assert causes(row("as_if_stored", 0.4, note="the nearest is float16")) == {}


def test_numerics():
    rows = [row("numeric_scale", 1.0), row("relative_error_median", 5e-3)]
    assert causes(*rows) == {
        "a change of numerics: another runtime, library or number format": "vectors moved by 0.005 of their length in"
        " the median, and none stands out"
    }
    assert causes(row("numeric_scale", 1.0), row("relative_error_median", 0.0)) == {}
    assert causes(row("numeric_scale", 0.0), row("relative_error_median", 5e-3)) == {}
    rounded = row("as_if_stored", 1.0, note="as if stored in float16")
    assert causes(*rows, rounded).keys() == {"rounding to float16"}


def test_what_the_version_cards_say():
    said = {"new": ["no version card for the candidate"], "other": ["pooling mean -> cls"]}
    assert causes(record={"differences": said}) == {}
    said = {"new": ["tokenizer maximum length 256 -> 32", "pooling mean -> cls"]}
    assert causes(record={"differences": said}) == {
        "made otherwise, by the version cards": "tokenizer maximum length 256 -> 32 / pooling mean -> cls"
    }


def test_items_that_did_not_change_are_no_rounding():
    rows = [row("as_if_stored", 0.8, note="as if stored in float32"), row("relative_error_median", 0.0)]
    assert causes(*rows) == {}


class TestPartOfTheCorpus:
    name = "part of the corpus from another version"

    def values(self, share=0.2, high=0.9, low=0.001, spread=0.05, n=1000):
        rng = np.random.default_rng(0)
        values = np.abs(low + 0.1 * low * rng.standard_normal(n))
        moved = int(share * n)
        values[:moved] = np.abs(high + spread * rng.standard_normal(moved))
        return rng.permutation(values)

    @pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.95])
    def test_two_groups_far_apart(self, share):
        found = causes(*MOVED, self_displacement=self.values(share))
        assert found.keys() == {self.name}
        assert f"{100 * share:.3g} % of the items moved far" in found[self.name]

    def test_the_smaller_of_both_movements_is_looked_at(self):
        found = causes(*MOVED, self_displacement=np.full(1000, 0.9), aligned_self_displacement=self.values(low=0.02))
        assert (
            "after the best rotation is 0.8" in found[self.name] or "after the best rotation is 0.9" in found[self.name]
        )

    def test_one_group_however_wide_is_none(self):
        rng = np.random.default_rng(1)
        for values in (rng.random(1000), rng.exponential(size=1000) / 10, np.abs(rng.standard_normal(1000)) / 4):
            assert causes(*MOVED, self_displacement=values) == {}

    def test_neither_are_a_few_items_nor_two_groups_that_both_moved(self):
        assert causes(*MOVED, self_displacement=self.values(share=0.001)) == {}
        assert causes(*MOVED, self_displacement=self.values(high=0.9, low=0.5)) == {}
        assert causes(*MOVED, self_displacement=self.values(high=0.01)) == {}

    def test_items_that_hold_others_vectors_are_another_cause(self):
        values = self.values()
        assert causes(*STILL, row("vector_of_another", 0.2), self_displacement=values).keys() == {
            "identifiers mixed up"
        }
        assert causes(*MOVED, row("vector_of_another", 0.0), self_displacement=values).keys() == {self.name}


class TestIdentifiers:
    name = "identifiers mixed up"

    def test_items_hold_what_was_anothers(self):
        found = causes(row("vector_of_another", 0.1), row("self_found", 0.9))
        assert found == {
            self.name: "10 % of the items hold what was another item's vector"
            " / 90 % of the items are nearest to their own old vector"
        }
        assert causes(row("vector_of_another", 0.001), row("self_found", 0.9)) == {}

    def test_the_distribution_is_as_before_and_items_do_not_find_themselves(self):
        lost = overlap(0.01, scope="queries")
        assert self.name in causes(*STILL, lost, row("self_found", 0.01))
        assert self.name not in causes(*STILL, lost, row("self_found", 0.9))
        assert self.name not in causes(*MOVED, lost, row("self_found", 0.01))
        assert self.name not in causes(*STILL, row("self_found", 0.01))

    def test_without_a_search_the_aligned_movement_tells(self):
        lost = overlap(0.01, scope="queries")
        found = causes(*STILL, lost, row("aligned_self_displacement", 0.5, chance=0.52))
        assert "1 − cosine is 0.5; 0.52 if dealt at random" in found[self.name]
        assert self.name not in causes(*STILL, lost, row("aligned_self_displacement", 0.1, chance=0.52))
        assert self.name not in causes(*STILL, lost)


class TestTextLength:
    name = "tokenizer or truncation"

    def items(self, slope=1.0, n=400):
        rng = np.random.default_rng(2)
        lengths = rng.integers(10, 1000, n)
        values = 0.05 * (slope * (lengths / 1000) + 0.1 * rng.random(n))
        return lengths, values

    def test_long_texts_moved_further(self):
        lengths, values = self.items()
        found = causes(self_displacement=values, text=["x" * one for one in lengths])
        assert found.keys() == {self.name}
        assert "rank correlation 0.9" in found[self.name]
        assert causes(self_displacement=values, text_length=lengths) == found

    def test_only_texts_beyond_a_limit_moved(self):
        lengths, _ = self.items()
        values = np.where(lengths > 600, 0.03 + lengths / 1e5, 1e-7)
        assert self.name in causes(self_displacement=values, text_length=lengths)

    def test_movement_that_has_nothing_to_do_with_length(self):
        lengths, values = self.items()
        assert causes(self_displacement=np.random.default_rng(3).permutation(values), text_length=lengths) == {}
        assert causes(self_displacement=values[::-1].copy() * 0 + 0.1, text_length=lengths) == {}

    def test_short_texts_moved_further_is_no_truncation(self):
        lengths, values = self.items(slope=-1.0)
        assert causes(self_displacement=values + 0.06, text_length=lengths) == {}

    def test_rounding_that_grows_with_length_is_no_cause(self):
        lengths, values = self.items()
        assert causes(self_displacement=values * 1e-6, text_length=lengths) == {}

    def test_no_texts_or_few_or_empty_ones(self):
        lengths, values = self.items()
        assert causes(self_displacement=values) == {}
        assert causes(self_displacement=values, text=[""] * len(values)) == {}
        assert causes(self_displacement=values[:50], text_length=lengths[:50]) == {}


class TestCohort:
    def rows(self, **kept):
        return [overlap(value, cohort=f"lang={name}", n=n) for name, (value, n) in kept.items()]

    def test_one_cohort_lost_much_more_than_the_others(self):
        moved = row("self_displacement", 0.4, cohort="lang=de")
        found = causes(*self.rows(de=(0.3, 100), en=(0.98, 500), fr=(0.99, 100)), moved)
        assert found == {
            "lang=de alone": "lang=de keeps 30 % of its neighbours, the others of lang 98.2 %; 1 − cosine of its old"
            " and new vectors is 0.4"
        }

    def test_cohorts_that_lost_alike(self):
        assert causes(*self.rows(de=(0.5, 100), en=(0.6, 500), fr=(0.55, 100))) == {}

    def test_a_cohort_of_few_items_and_one_of_most_items_are_no_cause(self):
        assert causes(*self.rows(de=(0.3, 5), en=(0.99, 500))) == {}
        assert causes(*self.rows(de=(0.3, 600), en=(0.99, 500))) == {}

    def test_a_cohort_alone_in_its_column_has_no_others(self):
        assert causes(*self.rows(de=(0.3, 100))) == {}


def test_every_vector_moved_by_itself():
    rows = [overlap(0.5, scope="queries"), row("self_displacement", 0.2), row("aligned_self_displacement", 0.19)]
    rows.append(row("noise_equivalent_overlap", 0.4, k=10))
    found = causes(*rows)
    (name,) = found
    assert name.startswith("every vector moved by itself")
    assert "40 % under random movement of that size" in found[name]
    assert causes(*rows[1:]) == {}
    assert name not in causes(*rows, row("self_found", 0.1))


def test_broken_vectors():
    rows = [row("null_vectors", 0.2), row("null_vectors", 0.1, candidate="old"), row("constant_vectors", 0.1)]
    assert causes(*rows) == {"broken vectors": "20 % of the vectors are zero, and 10 % of the reference's"}


def test_dimensions_cut():
    assert causes(record=inputs({"d": 64}, {"d": 32})) == {"dimensions cut": "vectors have 32 dimensions, and had 64"}
    assert causes(record=inputs({"d": 32}, {"d": 64})).keys() == {"more dimensions"}
    assert causes(record=inputs({"d": 64}, {"d": 64})) == {}
    assert causes(record=inputs({}, {"d": 64})) == {}


def test_items_missing():
    facts = {"candidate": "new", "scope": "corpus", "shared": 800, "removed": 200, "added": 5}
    assert causes(record={"alignment": [facts]}) == {
        "items missing": "200 of 1,000 items of the reference (20 %) are not there"
    }
    assert causes(record={"alignment": [facts | {"removed": 0}]}) == {}


def slow_split(values):
    """Every cut, by the definition of the variance between two groups."""
    known = sorted(values)
    cuts = [(known[:at], known[at:]) for at in range(1, len(known)) if known[at - 1] < known[at]]
    mean = np.mean(known)
    between = [sum(len(part) * (np.mean(part) - mean) ** 2 for part in cut) / len(known) for cut in cuts]
    return cuts[int(np.argmax(between))], max(between) / np.var(known)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=30).filter(lambda one: len(set(one)) > 1))
@settings(deadline=None)
def test_the_split_is_the_best_of_all_cuts(values):
    (low, high), explained = slow_split(values)
    found = two_groups(np.array(values, float))
    if found is None:
        assert explained < 0.85 + 1e-9
    else:
        assert explained > 0.85 - 1e-9
        best = [(len(part), np.mean(part)) for part in (low, high)]
        assert found.share * len(values) == pytest.approx(best[1][0]) or explained > 0.85
        assert found.low < found.limit < found.high


def test_equal_values_and_no_values_have_no_two_groups():
    for values in ([], [1.0], [0.5] * 9, [NAN, 1.0]):
        assert two_groups(np.array(values)) is None
