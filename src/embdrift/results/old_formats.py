"""Run folders of earlier formats, read as if written today."""

from collections.abc import Sequence

# Format 2 calls `chance` what format 1 called `null`.
_RENAMED_SINCE = {1: {"null": "chance"}}


def today_names(columns: Sequence[str], run_format: int) -> list[str]:
    """The columns of a table by the names that they have today.

    Args:
        columns: names in the file
        run_format: the format number of the run's record
    """
    renamed = {old: new for since, names in _RENAMED_SINCE.items() if run_format <= since for old, new in names.items()}
    return [name if renamed.get(name, name) in columns else renamed.get(name, name) for name in columns]
