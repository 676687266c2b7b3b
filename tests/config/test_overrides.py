"""What is quoted comes back unchanged from Hydra, through single runs and through sweeps."""

import pytest
from hydra import compose
from hypothesis import example, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from embdrift.config.composing import compose_run, start_hydra
from embdrift.config.overrides import override, quoted
from embdrift.config.sweeping import sweep_jobs
from embdrift.errors import InputError

START = "'\"\\${}[](),=: ~.?#%\n\t"

texts = st.text(
    alphabet=st.one_of(st.sampled_from(START), st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    max_size=12,
).filter(lambda text: text != "???")


@settings(max_examples=100, deadline=None)
@given(texts, texts)
@example("\\${x}", "a\\'b\\")
@example("a,b", "[c] {d}=e (f)")
@example("", " ")
@example("null", "true")
@example("1e3", "${oc.env:HOME}")
def test_any_text_survives_quoting(one, other):
    given = [override("candidates", [{"name": one, "path": other}]), override("reference.path", one)]
    run = compose_run(given)
    assert (run.candidates[0].name, run.candidates[0].path, run.reference.path) == (one, other, one)


@settings(max_examples=60, deadline=None)
@given(texts, texts)
@example("\\${x}", "a\\'b\\")
@example("a,b", "range(1,3)")
def test_any_text_survives_a_sweep_over_something_else(one, other):
    given = [override("candidates", [{"name": one, "path": other}]), override("reference.path", one), "k=2,3"]
    runs = [compose_run(job) for job in sweep_jobs(given)]
    assert [run.k for run in runs] == [2, 3]
    assert {(run.candidates[0].name, run.candidates[0].path, run.reference.path) for run in runs} == {(one, other, one)}


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**12), 10**12), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b_c", "d1"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(values)
def test_lists_and_mappings_survive_quoting(value):
    start_hydra()
    config = compose("config", overrides=[f"+extra={quoted({'value': value})}"])
    assert OmegaConf.to_container(config, resolve=True)["extra"] == {"value": value}


def test_the_text_that_stands_for_a_missing_value_is_refused():
    with pytest.raises(InputError, match=r"cannot be '\?\?\?'"):
        quoted(["a", {"b": "???"}])


def test_a_quoted_value_can_be_read_by_people():
    assert override("candidates", [{"name": "new", "path": "a b.npy", "ids": None}]) == (
        "candidates=[{name:'new',path:'a b.npy',ids:null}]"
    )
