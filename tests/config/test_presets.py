"""Every experiment and preset that embdrift brings can be composed, and says what it is for."""

import pytest

from embdrift.config import RunConfig, experiment_names
from embdrift.config.composing import compose_run
from embdrift.config.names import group_names
from embdrift.errors import InputError
from embdrift.files import CONFIGS, ROOT

EXPERIMENTS = sorted((ROOT / "experiments").glob("*.yaml"))
CHOSEN = ("dataset", "compute", "study")
FLAT = [(group, name) for group in CHOSEN for name in group_names(group)]


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_an_experiment_builds_a_typed_run_and_is_named_like_its_file(path):
    run = compose_run([f"experiments={path.stem}"])
    assert isinstance(run, RunConfig)
    assert run.name == path.stem


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_an_experiment_begins_with_the_question_that_it_answers(path):
    package, question = path.read_text("utf-8").splitlines()[:2]
    assert package == "# @package _global_"
    assert question.startswith("# ")
    assert "?" in "".join(line for line in path.read_text("utf-8").splitlines() if line.startswith("#"))


def test_the_experiments_are_found_by_name():
    assert experiment_names() == [path.stem for path in EXPERIMENTS]


@pytest.mark.parametrize(("group", "name"), FLAT, ids="=".join)
def test_a_preset_builds_a_typed_run(group, name):
    assert isinstance(compose_run([f"{group}={name}"]), RunConfig)


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_a_preset_says_what_it_is_and_names_no_code(path):
    text = path.read_text("utf-8")
    assert text.startswith("# ")
    assert "_target_" not in text


@pytest.mark.parametrize("group", CHOSEN)
def test_an_unknown_preset_is_told_with_those_there_are(group):
    with pytest.raises(InputError, match="nonesuch") as refused:
        compose_run([f"{group}=nonesuch"])
    assert all(name in str(refused.value) for name in group_names(group))


@pytest.mark.parametrize("name", group_names("index"))
def test_a_preset_of_indexes_builds_a_typed_run(name):
    assert isinstance(compose_run(["experiments=ann_recall", f"index@study.index={name}"]), RunConfig)
