"""What a gate says, on the terminal and as an exit code."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from embdrift.errors import InputError
from embdrift.gates import Gate, exit_code, read_gate, read_verdict, worst
from embdrift.results import VERDICT_FILE


def chosen_gate(given: str | None) -> Gate | None:
    """The gate that `--gate` names, read before anything long begins.

    Raises:
        InputError: when it is no gate
    """
    if given is None:
        return None
    if "=" in given and not Path(given).exists():
        raise InputError(f"--gate takes a preset or a file, got {given!r}: write --gate=default, or put --gate last")
    return read_gate(given)


def require_no_gate_setting(overrides: Sequence[str]) -> None:
    """Say how a gate is chosen to those who look for it among the settings, where it would be one more Hydra group.

    Raises:
        InputError: when an override sets `gate`
    """
    for one in overrides:
        key, _, value = one.partition("=")
        if key.lstrip("+~") == "gate":
            raise InputError(f"{one!r} is no setting of a run: choose a gate with --gate {value or 'default'}")


def told_code(folders: Sequence[Path]) -> int:
    """Print the verdict of each run, and give the exit code of the worst."""
    for folder in folders:
        if len(folders) > 1:
            print(folder.name)
        print("\n".join(_lines(folder)))
    return exit_code(worst(read_verdict(folder / VERDICT_FILE).outcome for folder in folders))


def _lines(folder: Path) -> Iterator[str]:
    """The verdict of a run as a few lines: per candidate the finding, what did not pass, and likely causes."""
    from embdrift.report.gate_block import gate_block

    block = gate_block(folder)
    assert block is not None
    yield block.title
    for one in block.candidates:
        yield f"  {one.name}: {one.outcome}. {one.finding}"
        yield from (f"    {rule.outcome}: {rule.sentence}" for rule in one.rules)
        if one.further:
            yield f"    {len(one.further)} more that did not pass are in verdict.json"
        yield from (f"    likely cause: {cause.name}. {cause.evidence}" for cause in one.causes)
        yield f"    {one.rest}"
