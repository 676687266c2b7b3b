import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embdrift.report.wording import (
    excerpt,
    joined,
    number,
    one_line,
    percent,
    plural,
    scope_words,
    short_names,
    the_nearest,
)


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (1.0, "100 %"),
        (0.0, "0 %"),
        (0.4871, "48.7 %"),
        (0.99996, "99.996 %"),
        (1 - 1e-12, "just under 100 %"),
        (1e-12, "just over 0 %"),
        (float("nan"), "not defined"),
    ],
)
def test_a_share_never_rounds_to_all_or_nothing(share, shown):
    assert percent(share).replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.12345, "0.1235"), (-0.5, "−0.5000"), (0, "0.0000"), (4e-5, "4e−05"), (float("inf"), "not defined")],
)
def test_numbers_keep_four_decimals_and_small_ones_do_not_vanish(value, shown):
    assert number(value) == shown


def test_phrases_read_as_people_write():
    assert joined(["a"]) == "a"
    assert joined(["a", "b", "c"]) == "a, b and c"
    assert the_nearest(10, "nearest neighbours") == "the ten nearest neighbours"
    assert the_nearest(1, "best results") == "the best result"
    assert the_nearest(25, "best results") == "the 25 best results"
    assert plural(1, "id") == "1 id"
    assert plural(1200, "id") == "1,200 ids"
    assert scope_words("pages").title == "Scope pages"


def test_a_line_holds_no_control_direction_or_half_characters():
    assert one_line("a\nb\x00c\u202ed\u2028e") == "a b cd e"
    one_line("half \ud800 character").encode("utf-8")


def test_an_excerpt_ends_at_a_word():
    assert excerpt("one two three four", 12) == "one two…"
    assert excerpt("x" * 50, 10) == "x" * 9 + "…"
    assert excerpt("short", 10) == "short"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="ab (2)/-", min_size=0, max_size=60), max_size=12, unique=True))
def test_short_names_are_short_and_all_different(names):
    shown = short_names(names)
    assert set(shown) == set(names)
    assert len(set(shown.values())) == len(names)
    assert all(len(name) <= 26 + 5 for name in shown.values())
