"""What a record says about the machine and the code."""

import json
import subprocess

import torch

from embdrift.results import environment
from embdrift.results.environment import commit, device_facts, package_versions


def test_versions_of_the_packages_that_figures_depend_on():
    found = package_versions()
    assert found["torch"] == torch.__version__.partition("+")[0] or found["torch"] == torch.__version__
    assert {"embdrift", "numpy", "numba", "hydra-core"} <= set(found)


def test_the_commit_of_a_checkout_and_whether_it_was_changed(tmp_path, monkeypatch):
    module = tmp_path / "src" / "embdrift" / "results" / "environment.py"
    module.parent.mkdir(parents=True)
    module.write_text("")
    monkeypatch.setattr(environment, "__file__", str(module))
    assert commit() == (None, None)

    def git(*words):
        author = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", str(tmp_path), *author, *words], check=True, capture_output=True)

    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    head, dirty = commit()
    assert (len(head), dirty) == (40, False)
    module.write_text("changed")
    assert commit() == (head, True)


def test_a_machine_without_git_says_nothing_about_commits(tmp_path, monkeypatch):
    module = tmp_path / "src" / "embdrift" / "results" / "environment.py"
    (tmp_path / ".git").mkdir()
    monkeypatch.setattr(environment, "__file__", str(module))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit() == (None, None)


def test_the_device_and_its_threads():
    facts = device_facts(torch.device("cpu"))
    assert facts["kind"] == "cpu"
    assert facts["name"]
    assert facts["threads"] == torch.get_num_threads()
    assert json.dumps(facts)
