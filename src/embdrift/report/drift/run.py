"""What the report reads of a run of the drift study."""

from embdrift.results import SavedRun


def versions(run: SavedRun) -> tuple[str, ...]:
    """Names of all versions, the reference first."""
    return (run.record.reference, *run.record.candidates)


def has_neighbors(run: SavedRun) -> bool:
    """Whether neighbors were measured."""
    return bool((run.summary["metric"] == "overlap").any())
