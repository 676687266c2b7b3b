import pytest

from embdrift.config.composing import start_hydra


@pytest.fixture(autouse=True)
def hydra(tmp_path, monkeypatch):
    """Hydra set up as embdrift does it, in an empty current directory."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    start_hydra()
