"""Experiments of a user's own: from a file, from ./experiments, from a folder that is named."""

import json

import pytest

from embdrift.cli.main import main


@pytest.fixture
def experiment(vectors):
    return (
        "# @package _global_\n# Does it?\nname: mine\nk: 3\n"
        f"reference: {{path: {vectors / 'old.npy'}}}\ncandidates: [{{name: new, path: {vectors / 'new.npy'}}}]\n"
    )


def record(folder):
    return json.loads((folder / "record.json").read_text())


@pytest.mark.parametrize("file", ["mine.yaml", "own/mine.yaml", "own/it's, [a] {b}=${k}.yaml", "experiments/mine.yaml"])
def test_an_experiment_in_a_file(here, experiment, file):
    (here / file).parent.mkdir(exist_ok=True)
    (here / file).write_text(experiment)
    assert main(["run", file, "--out", "out"]) == 0
    assert (record(here / "out")["name"], record(here / "out")["k"]) == ("mine", 3)


def test_an_experiment_in_the_folder_experiments_and_in_one_that_is_named(here, experiment):
    for folder, k in (("experiments", 3), ("own", 4)):
        (here / folder).mkdir()
        (here / folder / "two words.yaml").write_text(experiment.replace("k: 3", f"k: {k}"))
    assert main(["run", "two words", "--out", "out"]) == 0
    assert record(here / "out")["k"] == 3
    assert main(["run", "two words", "--experiments", "own", "--out", "own_out", "similarity=l2"]) == 0
    assert record(here / "own_out")["k"] == 4
    assert record(here / "own_out")["inputs"][0]["metric"] == "l2"


def test_an_experiment_builds_on_another_beside_it(here, experiment):
    (here / "base.yaml").write_text(experiment)
    (here / "deeper.yaml").write_text("# @package _global_\ndefaults: [base]\nk: 7\n")
    assert main(["run", "deeper.yaml", "--out", "out"]) == 0
    assert record(here / "out")["k"] == 7


def test_embdrift_finds_its_own_again_afterwards(here, experiment, capsys):
    (here / "experiments").mkdir()
    (here / "experiments" / "mine.yaml").write_text("k: [")
    assert main(["run", "mine"]) == 2
    (here / "experiments" / "mine.yaml").unlink()
    capsys.readouterr()
    assert main(["run", "mine"]) == 2
    assert "no experiment 'mine'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("# @package _global_\nk: [1\n", "is not valid YAML: expected ',' or ']'"),
        ("# @package _global_\nk:\n\t- 3\n", "is not valid YAML: tabs cannot indent, in line 3"),
        ("# @package _global_\nk: 3\nk: 4\n", "found duplicate key k"),
        ("# @package _global_\n- 1\n", "must hold settings"),
        ("# @package _global_\n5\n", "must hold settings"),
        ("# @package _global_\nnull: 4\n", "must hold settings"),
        ("", "first line must be `# @package _global_`"),
        ("k: 3\n", "first line must be `# @package _global_`"),
        ("# A question first\n# @package _global_\nk: 3\n", "first line must be `# @package _global_`"),
        ("# @package _global_\nkk: 3\n", "no setting 'kk', did you mean 'k'?"),
        ("# @package _global_\nk: abc\n", "k must be a whole number, got 'abc'"),
        ("# @package _global_\ncandidates: {a: 1}\n", "a list stands where there must be settings"),
        ("# @package _global_\ncandidates: [old.npy]\n", "candidates[0] must be {name: NAME, path: FILE}"),
        ("# @package _global_\ndefaults: [none]\n", "no experiment 'none'"),
        ("# @package _global_\ndefaults: [/etc/passwd]\n", "there is no etc=passwd"),
        ("# @package _global_\ndefaults: [override /dataset: foo]\n", "no dataset preset 'foo'"),
        ("# @package _global_\ndefaults: {a: b}\n", "defaults must be a list"),
        ("# @package _global_\ndefaults: [mine]\n", "refers to itself"),
        ("# @package _global_\na: &a [*a]\n", "refers to itself"),
        ("# @package _global_\nk: " + "[" * 3000 + "\n", "nested too deeply"),
        ("# @package _global_\nk: \xff\n", "must be UTF-8"),
        ("# @package _global_\nname: !!python/object/apply:os.system [ls]\n", "could not determine a constructor"),
        ("# @package _global_\n_target_: os.system\n", "no setting '_target_'"),
        (
            "# @package _global_\nhydra: {callbacks: {mine: {_target_: subprocess.Popen, args: [touch, ran]}}}\n",
            "names code to run, 'subprocess.Popen'",
        ),
        (
            "# @package _global_\nhydra: {job_logging: {handlers: {mine: {(): os.system}}}}\n",
            "names code to run, 'os.system'",
        ),
    ],
)
@pytest.mark.parametrize("sweep", [[], ["-m"]])
def test_what_is_wrong_with_an_experiment_is_said_with_its_file(here, capsys, content, part, sweep):
    file = here / "mine.yaml"
    file.write_text(content, encoding="latin-1")
    assert main(["run", "mine.yaml", *sweep]) == 2
    said = capsys.readouterr().err
    assert said.startswith("embdrift: ")
    assert said.count("\n") == 1
    assert str(file) in said
    assert part in said
    assert list(here.iterdir()) == [file]


def test_an_environment_variable_that_is_not_set(here, capsys):
    (here / "mine.yaml").write_text("# @package _global_\nname: ${oc.env:EMBDRIFT_NO_SUCH}\n")
    assert main(["run", "mine.yaml"]) == 2
    assert "EMBDRIFT_NO_SUCH, which is not set" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["folder.yaml", "none.yaml", "mine.yml"])
def test_a_file_that_is_none(here, capsys, name):
    (here / "folder.yaml").mkdir()
    (here / "mine.yml").write_text("k: 3\n")
    assert main(["run", name]) == 2
    assert ".yaml" in capsys.readouterr().err


def test_an_experiment_with_the_old_word_metric_runs_and_tells_of_the_new_one(here, experiment, capsys):
    (here / "old.yaml").write_text(f"{experiment}metric: l2\n")
    assert main(["run", "old.yaml", "--out", "out"]) == 0
    assert capsys.readouterr().err == (
        "embdrift: the setting metric is called similarity now, and this release is the last to take the old word:"
        " write similarity\n"
    )
    config = record(here / "out")["config"]
    assert config["similarity"] == "l2"
    assert "metric" not in config
