"""What can be said about a run before any file is opened."""

from dataclasses import replace

import pytest

from embdrift.config.composing import compose_run
from embdrift.config.run_checks import require_settings
from embdrift.config.schema import VersionConfig
from embdrift.embed import EncoderSpec
from embdrift.errors import InputError


@pytest.fixture
def run():
    return compose_run(["reference.path=old.npy", "candidates=[{name:new,path:new.npy}]"])


def test_two_files_are_enough(run):
    require_settings(run)


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        (VersionConfig(name="a"), "'a' needs a path or an encoder, and has neither"),
        (VersionConfig(), "without a name needs a path or an encoder"),
        (VersionConfig(name="a", path="a.npy", encoder=EncoderSpec()), "has both"),
        (VersionConfig(encoder=EncoderSpec()), "a version that an encoder makes needs a name"),
        (VersionConfig(name="a", path=""), "must name a file"),
        (VersionConfig(name="a", path="a.npy", queries=""), "must name a file"),
        (VersionConfig(name="a", path="a.npy", queries="q.npy"), "version 'old' has none"),
        (VersionConfig(name="a", path="a.npy", query_ids="q.json"), "ids of queries but no queries"),
        (VersionConfig(path="elsewhere/old.npy"), "distinct names, got 'old' 2 times"),
        (VersionConfig(name="\u202e\n", path="a.npy"), "must be printable"),
    ],
)
def test_candidates_that_cannot_be_meant(run, version, sentence):
    with pytest.raises(InputError, match=sentence):
        require_settings(replace(run, candidates=[version]))


def test_a_second_encoding_named_like_a_candidate(run):
    with pytest.raises(InputError, match="distinct names, got 'new' 2 times"):
        require_settings(replace(run, again=VersionConfig(path="new.npy")))


def test_versions_that_encoders_make_take_their_queries_from_the_texts(run):
    made = VersionConfig(name="made", encoder=EncoderSpec())
    require_settings(replace(run, candidates=[made]))


def test_texts_for_no_encoder(run):
    with pytest.raises(InputError, match="no version has one"):
        require_settings(replace(run, dataset=replace(run.dataset, text_file="a.txt")))


@pytest.mark.parametrize(("field", "value"), [("k", 0), ("seed", -1)])
def test_numbers_below_their_range(run, field, value):
    with pytest.raises(InputError, match=f"{field} must be at least {value + 1}, got {value}"):
        require_settings(replace(run, **{field: value}))
