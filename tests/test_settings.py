"""The declared settings: every field has its help, defaults and limits, and torch is not needed to read them."""

import subprocess
import sys
from dataclasses import dataclass, field, fields

import pytest

from embdrift.settings import (
    OLD_WORD,
    ComputeSettings,
    DatasetSettings,
    EncoderSpec,
    RunSettings,
    VersionSettings,
    settings_of,
)
from embdrift.studies import STUDIES

GROUPS = [RunSettings, VersionSettings, DatasetSettings, ComputeSettings, EncoderSpec]
GROUPS += [study.options for study in STUDIES.values()]


@pytest.mark.parametrize("group", GROUPS)
def test_every_setting_has_a_line_of_help(group):
    settings = settings_of(group)
    assert list(settings) == [one.name for one in fields(group)]
    assert all(setting.help for setting in settings.values())


def test_help_of_two_lines_is_one_text():
    assert settings_of(STUDIES["drift"].options)["golden_threshold"].help == (
        "cosine that divides similar from dissimilar golden pairs; None for the one that suits the reference best"
    )


def test_a_setting_knows_its_choices_limits_and_what_it_needs():
    assert settings_of(RunSettings)["similarity"].choices == ("cosine", "inner_product", "l2")
    assert settings_of(VersionSettings)["similarity"].choices == ("cosine", "inner_product", "l2")
    assert (settings_of(RunSettings)["k"].least, settings_of(RunSettings)["k"].default) == (1, 10)
    assert settings_of(DatasetSettings)["ties"].needs == "qrels"


def test_a_child_has_the_settings_of_its_parent_and_no_old_words():
    @dataclass
    class Wider(ComputeSettings):
        """Compute, and more.

        Args:
            streams: how many streams
        """

        streams: int = 2
        gpu: str | None = field(default=None, metadata=OLD_WORD)

    assert {name: one.help for name, one in settings_of(Wider).items()} == {
        "device": "auto, cpu, cuda or cuda:N",
        "threads": "CPU threads; None for all",
        "streams": "how many streams",
    }


def test_settings_are_read_without_heavy_libraries():
    code = "import sys, embdrift.settings; print({'torch', 'numpy', 'omegaconf'} & set(sys.modules) or 'none')"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "none\n"
