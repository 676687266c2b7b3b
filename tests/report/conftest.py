"""Run folders that several tests read."""

import shutil
from pathlib import Path

import pytest
from fake_run import HOSTILE, fake_run

from embdrift.report import report as write_report


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory) -> Path:
    """Three candidates, both scopes, nothing missing; only to be read."""
    return fake_run(tmp_path_factory.mktemp("three"))


@pytest.fixture
def run_copy(run_folder, tmp_path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(run_folder, tmp_path / "run"))


@pytest.fixture(scope="session")
def hostile_folder(tmp_path_factory) -> Path:
    """Names, ids, texts and notes that would be markup, with its report."""
    folder = fake_run(tmp_path_factory.mktemp("hostile"), {"a": 0.3}, mark=HOSTILE)
    write_report(folder)
    return folder
