"""The run itself as series: what it was, when it was made, and what of it has no series."""

from collections.abc import Iterator
from datetime import UTC, datetime

from embdrift.errors import InputError
from embdrift.gates import Verdict
from embdrift.report.machine.escaping import printable
from embdrift.report.machine.prometheus.names import DROPPED, RUN_INFO, RUN_TIMESTAMP, UNDEFINED
from embdrift.report.machine.prometheus.series import Rank, Series, labelled
from embdrift.results import Record


def run_series(record: Record, verdict: Verdict, *, folder: str, undefined: int) -> Iterator[Series]:
    """What is said once about a run. Whatever changes from run to run is a label of the info metric alone.

    Args:
        record: of the run
        verdict: what the gate found
        folder: name of the run folder
        undefined: figures without a value

    Raises:
        InputError: when the record's time is none
    """
    run = printable(record.name)
    about = {
        "study": record.study,
        "reference": verdict.reference,
        "gate": verdict.gate,
        "folder": folder,
        "created": record.created,
        "version": record.version,
        "commit": record.commit or "",
        "device": record.device.kind,
    }
    info = labelled([("run", run), *((name, printable(value)) for name, value in about.items())])
    yield Series(RUN_INFO, info, 1.0, Rank.run)
    yield Series(RUN_TIMESTAMP, (("run", run),), _seconds(record.created), Rank.run)
    yield Series(UNDEFINED, (("run", run),), float(undefined), Rank.run)


def dropped_series(dropped: dict[str, int], run: str) -> Iterator[Series]:
    """How many series were left out, 0 where none was: an alert needs a series to look at."""
    for reason, count in dropped.items():
        yield Series(DROPPED, (("run", run), ("reason", reason)), float(count), Rank.run)


def _seconds(created: str) -> float:
    try:
        moment = datetime.fromisoformat(created)
    except ValueError as error:
        raise InputError(
            f"the run's record says that it was made at {created!r}, which is no time; run again"
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
