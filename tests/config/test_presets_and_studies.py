"""Every preset and experiment composes, and brings the typed settings of its study."""

import pytest

from embdrift.config import compose_run
from embdrift.errors import InputError
from embdrift.files import CONFIGS, ROOT
from embdrift.studies import STUDIES, study_of

EXPERIMENTS = sorted((ROOT / "experiments").glob("*.yaml"))
INDEX_PRESETS = sorted(path.stem for path in (CONFIGS / "index").glob("*.yaml"))


@pytest.mark.parametrize("file", EXPERIMENTS, ids=lambda file: file.stem)
def test_experiment_is_named_after_its_file_and_begins_with_its_question(file):
    lines = file.read_text("utf-8").splitlines()
    assert lines[0] == "# @package _global_"
    assert lines[1].startswith("# ")
    assert lines[1].endswith("?") or "?" in lines[1]
    assert compose_run([f"experiments={file.stem}"]).name == file.stem


@pytest.mark.parametrize("name", STUDIES)
def test_study_brings_its_own_settings(name):
    assert study_of(compose_run([f"study={name}"]).study).name == name


@pytest.mark.parametrize("preset", INDEX_PRESETS)
def test_index_preset_chooses_indexes(preset):
    run = compose_run(["study=ann_recall", f"index@study.index={preset}"])
    assert list(run.study.index.builds())


@pytest.mark.parametrize("preset", sorted(path.stem for path in (CONFIGS / "precision").glob("*.yaml")))
def test_precision_preset_brings_its_ladder(preset):
    assert compose_run(["study=precision", f"precision@study={preset}"]).study.ladder


def test_setting_of_another_study_is_refused():
    with pytest.raises(InputError, match=r"study\.noise_floor"):
        compose_run(["study=precision", "study.noise_floor=false"])


def test_study_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(InputError, match="ann_recall"):
        compose_run(["study=ann_recal"])
