"""Help and README name every setting of each study, and none that it lacks."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from embdrift.config.names import all_keys
from embdrift.config.setting_lists import MARKERS, help_text, with_current_table
from embdrift.index import registered
from embdrift.settings import ComputeSettings, DatasetSettings, EncoderSpec, RunSettings, VersionSettings
from embdrift.studies import STUDIES

README = Path(__file__).parents[2] / "README.md"


def section(title: str) -> str:
    """The lines of help below a title, up to the next empty line."""
    return next(part for part in help_text().split("\n\n") if part.startswith(title))


def listed(title: str, prefix: str) -> list[str]:
    """Settings below a title whose key is the prefix and one name."""
    return re.findall(rf"^  {re.escape(prefix)}(\w+)(?: |$)", section(title), re.MULTILINE)


@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)
def test_help_names_the_settings_of_a_study_and_no_others(study):
    assert listed(f"study {study.name}:", "study.") == [one.name for one in fields(study.options)]


@pytest.mark.parametrize(
    ("title", "prefix", "group"),
    [
        ("versions", "reference.", VersionSettings),
        ("versions", "reference.encoder.", EncoderSpec),
        ("data", "dataset.", DatasetSettings),
        ("where", "compute.", ComputeSettings),
    ],
)
def test_help_names_the_settings_of_a_group_and_no_others(title, prefix, group):
    assert listed(title, prefix) == [one.name for one in fields(group)]


def test_help_names_the_settings_of_a_run_and_no_others():
    assert listed("settings", "") == ["name", *(one.name for one in fields(RunSettings))]


def test_help_names_every_index_type_and_its_lists():
    kinds = dict(re.findall(r"^    study\.index\.(\w+) +(.+)$", section("study ann_recall"), re.MULTILINE))
    assert kinds == {name: ", ".join(one.name for one in fields(kind)) or "{}" for name, kind in registered().items()}


def test_every_key_that_a_config_takes_is_in_the_help():
    words = re.findall(r"\w+", help_text())
    assert [key for key in all_keys() if key.rpartition(".")[2] not in words] == []


def test_help_says_who_reads_a_setting_and_what_is_taken_without_it():
    text = " ".join(help_text().split())
    assert "dataset.removed file of ids that were removed and must not come up; drift only" in text
    assert "k headline number of neighbors (default 10)" in text
    assert "how vectors are compared, where a version does not say: cosine, inner_product, l2 (default cosine)" in text
    assert "the run's similarity where null" in text


def test_the_table_of_settings_in_readme_is_current():
    """If it is not: `README.write_text(with_current_table(README.read_text()))`."""
    text = README.read_text("utf-8")
    assert all(text.count(marker) == 1 for marker in MARKERS)
    assert with_current_table(text) == text
