"""What is quoted comes back unchanged from Hydra, through single runs and through sweeps."""

import pytest
from hydra import compose
from hypothesis import example, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from embdrift.config.composing import compose_run
from embdrift.config.overrides import override, quoted
from embdrift.config.sweeping import sweep_jobs
from embdrift.errors import InputError

START = "'\"\\${}[](),=: ~.?#%\n\t"

texts = st.text(
    alphabet=st.one_of(st.sampled_from(START), st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    max_size=12,
).filter(lambda text: text != "???")


# Composing is slow, so each example is many texts in one config.
many = st.lists(st.tuples(texts, texts), min_size=1, max_size=20)
HARD = [
    ("\\${x}", "a\\'b\\"),
    ("a,b", "[c] {d}=e (f)"),
    ("", " "),
    ("null", "true"),
    ("1e3", "${oc.env:HOME}"),
    ("range(1,3)", "\\\\${}'\\"),
]


def candidates(pairs):
    return override("candidates", [{"name": name, "path": path} for name, path in pairs])


@settings(max_examples=12, deadline=None)
@given(many)
@example(HARD)
def test_any_text_survives_quoting(pairs):
    run = compose_run([candidates(pairs), override("reference.path", pairs[0][1])])
    assert [(one.name, one.path) for one in run.candidates] == pairs
    assert run.reference.path == pairs[0][1]


@settings(max_examples=5, deadline=None)
@given(many)
@example(HARD)
def test_any_text_survives_a_sweep_over_something_else(pairs):
    jobs = sweep_jobs([candidates(pairs), override("reference.path", pairs[0][1]), "k=2,3"])
    runs = [compose_run(job) for job in jobs]
    assert [run.k for run in runs] == [2, 3]
    assert [[(one.name, one.path) for one in run.candidates] for run in runs] == [pairs, pairs]
    assert {run.reference.path for run in runs} == {pairs[0][1]}


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**12), 10**12), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b_c", "d1"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(values, max_size=8))
def test_lists_and_mappings_survive_quoting(nested):
    config = compose("config", overrides=[f"+extra={quoted(nested)}"])
    assert OmegaConf.to_container(config, resolve=True)["extra"] == nested


def test_the_text_that_stands_for_a_missing_value_is_refused():
    with pytest.raises(InputError, match=r"cannot be '\?\?\?'"):
        quoted(["a", {"b": "???"}])


def test_a_quoted_value_can_be_read_by_people():
    assert override("candidates", [{"name": "new", "path": "a b.npy", "ids": None}]) == (
        "candidates=[{name:'new',path:'a b.npy',ids:null}]"
    )
