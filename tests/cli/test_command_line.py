"""The command line itself: commands, flags, help, and what it says about wrong ones."""

import pytest

from embdrift.cli import embed
from embdrift.cli.main import COMMANDS, main
from embdrift.config.setting_lists import help_text
from embdrift.embed.texts import SUFFIXES
from embdrift.settings import PACKAGED, EncoderSpec, settings_of


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ([], ["required: COMMAND", "embdrift --help"]),
        (["rnu"], ["command must be one of run,", "got 'rnu', did you mean run?"]),
        (["--verison"], ["embdrift --help"]),
        (["run"], ["required: experiment", "embdrift run --help"]),
        (["run", ""], ["no experiment ''"]),
        (["run", "quickstrat"], ["no experiment 'quickstrat', did you mean 'quickstart'?"]),
        (["run", "k=3"], ["comes before settings such as 'k=3'"]),
        (["run", "mine.yaml"], ["mine.yaml does not exist"]),
        (["run", "quickstart", "--refrence", "a"], ["did you mean --reference?"]),
        (["run", "quickstart", "--query-sample", "abc"], ["'abc'"]),
        (["run", "quickstart", "--experiments", "none"], ["--experiments must be a folder", "none"]),
        (["run", "neighbor_shift"], ["there is no reference", "--reference FILE"]),
        (["run", "quickstart", "compute.device=foo"], ["got 'foo'"]),
        (["run", "quickstart", "dataset.limit=0"], ["limit must be at least 1, got 0"]),
        (["report"], ["required: RUN"]),
        (["report", "none"], ["none", "no such folder"]),
        (["report", "."], ["not a run folder"]),
        (["check"], ["required: FILE"]),
        (["cache", "lst"], ["must be one of list, prune, got 'lst', did you mean list?"]),
        (["cache", "list", "--keep", "3"], ["--keep goes with prune"]),
        (["cache", "prune", "--keep", "-1"], ["--keep must be", "-1"]),
        (["cache", "prune", "--keep", "nan"], ["--keep must be", "nan"]),
        (["cache", "prune", "--keep", "inf"], ["--keep must be", "inf"]),
    ],
)
def test_wrong_words_are_one_sentence(refused, words, parts):
    refused(main(words), *parts)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    assert f"usage: embdrift {command}" in capsys.readouterr().out


def test_the_help_of_run_lists_the_settings(capsys):
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    assert help_text() in capsys.readouterr().out


def test_the_help_of_embed_says_what_the_encoder_says(capsys):
    with pytest.raises(SystemExit):
        main(["embed", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for setting in settings_of(EncoderSpec).values():
        assert f"--{'no-' if setting.name == 'normalize' else ''}{setting.name.replace('_', '-')}" in text
        assert ", ".join(setting.choices) in text
    assert PACKAGED in text
    assert embed.SUFFIXES == SUFFIXES


def test_an_error_of_the_system_is_a_sentence(here, monkeypatch, capsys):
    def refuse(args):
        raise PermissionError(13, "Permission denied", "secret.npy")

    monkeypatch.setattr("embdrift.cli.check.run", refuse)
    assert main(["check", "secret.npy"]) == 1
    assert capsys.readouterr().err == (
        "embdrift: the system refused to go on: [Errno 13] Permission denied: 'secret.npy'\n"
    )


def test_ctrl_c_is_a_sentence(here, monkeypatch, capsys):
    def stop(args):
        raise KeyboardInterrupt

    monkeypatch.setattr("embdrift.cli.check.run", stop)
    assert main(["check", "old.npy"]) == 130
    assert capsys.readouterr().err == (
        "embdrift: stopped; finished work is kept, run the same command again to go on\n"
    )
