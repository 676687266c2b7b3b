"""From overrides to a typed run."""

import pytest
from hydra import initialize
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from embdrift.config.composing import compose_config, compose_run, parse_overrides, require_no_code
from embdrift.config.names import all_keys, nearest
from embdrift.config.schema import old_word_sentence
from embdrift.data import ZeroVectors
from embdrift.errors import InputError
from embdrift.types import Similarity


def test_defaults_and_overrides_become_real_objects():
    run = compose_run(
        ["k=7", "similarity=l2", "zero_vectors=leave_out", "candidates=[{name:a,path:b.npy,similarity:cosine}]"]
    )
    assert (run.k, run.similarity, run.zero_vectors, run.texts) == (7, Similarity.l2, ZeroVectors.leave_out, True)
    assert [(one.name, one.path, one.similarity) for one in run.candidates] == [("a", "b.npy", Similarity.cosine)]
    assert run.versions == [run.reference, *run.candidates]


def test_a_second_encoding_is_there_once_it_has_a_file():
    assert not compose_run([]).again.given
    run = compose_run(["again.path=x/second.npy"])
    assert run.versions == [run.reference, run.again]
    assert run.again.called == "second"


def test_composing_beside_a_hydra_that_is_set_up_already():
    GlobalHydra.instance().clear()
    with initialize(version_base="1.3", config_path=None):
        assert compose_run(["k=4"]).k == 4
    assert compose_run([]).k == 10


@pytest.mark.parametrize(
    "override",
    ["=1", "k", "k=[", "+", "~", "++", "k={", "k='", '"', "$", "k=${", "a b", "k=1 2'", "=", "@", "k@", "k@b=", "\n"],
)
def test_what_is_no_override_is_refused_in_a_sentence(override):
    with pytest.raises(InputError) as refused:
        compose_run([override])
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("again=null", "again must have a value, got null"),
        ("reference.encoder.dtype=float16", "a part of something that is null cannot be set alone"),
        ("reference=3", "reference"),
        ("reference.similarity=l3", "reference.similarity must be one of cosine, inner_product, l2, got 'l3'"),
        ("similarity=l", "did you mean 'l2'?"),
        ("candidates=[[a]]", "candidates"),
        ("candidates=[old.npy]", "candidates[0] must be {name: NAME, path: FILE}, got 'old.npy'"),
        ("+k=3", "k has a value already: leave the plus sign away"),
        ("+candidates.extra=3", "candidates"),
        ("+reference.pat=3", "no setting 'reference.pat', did you mean 'reference.path'?"),
        ("+dataset.deep={a:1}", "no setting 'dataset.deep'"),
        ("name=[a]", "name"),
        ("k=${nonesuch}", "k refers to nonesuch, which there is not"),
    ],
)
def test_what_cannot_be_meant_is_said_with_its_key(override, sentence):
    with pytest.raises(InputError) as refused:
        compose_run([override])
    assert sentence in str(refused.value)
    assert "object_type" not in str(refused.value)


@pytest.mark.parametrize("override", ["hydra.verbose=true", "hydra/launcher=basic", "~hydra.callbacks", "+hydra.x=1"])
def test_settings_of_hydra_are_for_sweeps(override):
    with pytest.raises(InputError, match="is for sweeps"):
        compose_run([override])


def test_a_deleted_key_falls_back_to_its_default():
    assert compose_run(["~k"]).k == 10


def test_a_sweep_over_a_pattern_is_read():
    (parsed,) = parse_overrides(["compute=glob([cp*,cu*])"])
    assert list(parsed.sweep_string_iterator()) == ["cpu", "cuda"]


def test_keys_are_listed_with_those_of_lists_and_of_what_may_be_null():
    assert {"k", "candidates.path", "reference.encoder.dtype", "study.query_sample"} <= set(all_keys())


def test_the_nearest_name_may_lie_in_a_group():
    assert nearest("similarty", all_keys()) == ", did you mean 'similarity'?"
    assert nearest("query_sampel", ["k", "study.query_sample"]) == ", did you mean 'study.query_sample'?"
    assert nearest("zzz", all_keys()) == ""


def test_the_old_word_metric_is_read_as_similarity():
    run = compose_run(["metric=l2", "candidates=[{name:a,path:b.npy,metric:inner_product}]"])
    assert (run.similarity, run.candidates[0].similarity) == (Similarity.l2, Similarity.inner_product)
    assert old_word_sentence(run) == (
        "the setting metric is called similarity now, and this release is the last to take the old word:"
        " write similarity"
    )
    assert old_word_sentence(compose_run(["similarity=l2"])) == ""


@pytest.mark.parametrize(
    "overrides",
    [
        ["metric=l2", "similarity=l2"],
        ["similarity=cosine", "metric=l2"],
        ["reference={metric:l2,similarity:l2,path:a}"],
    ],
)
def test_the_old_word_and_the_new_one_together_are_refused(overrides):
    with pytest.raises(InputError, match="metric is the old word for similarity, and both are given: leave metric out"):
        compose_run(overrides)


def test_what_hydra_itself_brings_is_fine():
    compose_config([])


@pytest.mark.parametrize(
    "name", ["hydra_plugins.hydra_joblib_launcher.joblib_launcher.JoblibLauncher", "hydra._internal.core_plugins.x.Y"]
)
def test_plugins_of_hydra_are_fine(name):
    require_no_code(OmegaConf.create({"launcher": {"_target_": name}}))


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"launcher": {"_target_": "os.system"}}, "hydra.launcher._target_"),
        ({"callbacks": {"a": {"b": [{"_target_": "hydra_pluginsx.y"}]}}}, "hydra.callbacks.a.b.0._target_"),
        ({"job_logging": {"handlers": {"a": {"()": "logging.FileHandler"}}}}, r"hydra.job_logging.handlers.a.\(\)"),
        ({"job_logging": {"handlers": {"a": {"class": "subprocess.Popen"}}}}, "hydra.job_logging.handlers.a.class"),
        ({"launcher": {"_target_": "${oc.env:HOME}"}}, "hydra.launcher._target_"),
    ],
)
def test_anything_else_that_would_be_imported_is_refused(settings, key):
    with pytest.raises(InputError, match=f"{key} names code to run"):
        require_no_code(OmegaConf.create(settings))
