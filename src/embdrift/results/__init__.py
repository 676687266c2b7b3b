"""Run folders: written so that a crash loses nothing, and read by everybody from here."""

from embdrift.results.folder import (
    LONGEST_NAME,
    VERDICT_FILE,
    default_folder,
    removed_if_empty,
    require_free,
    require_free_for_sweep,
    require_plain_name,
    require_whole,
    write_run,
)
from embdrift.results.record import (
    FORMAT_VERSION,
    AlignmentRecord,
    DeviceRecord,
    InputRecord,
    Record,
    file_record,
    make_record,
    read_record,
)
from embdrift.results.run import SavedRun
from embdrift.results.summary import NOT_MEASURED, Measurement, Summary
from embdrift.results.tables import rows_in, rows_of, write_csv

__all__ = [
    "FORMAT_VERSION",
    "LONGEST_NAME",
    "NOT_MEASURED",
    "VERDICT_FILE",
    "AlignmentRecord",
    "DeviceRecord",
    "InputRecord",
    "Measurement",
    "Record",
    "SavedRun",
    "Summary",
    "default_folder",
    "file_record",
    "make_record",
    "read_record",
    "removed_if_empty",
    "require_free",
    "require_free_for_sweep",
    "require_plain_name",
    "require_whole",
    "rows_in",
    "rows_of",
    "write_csv",
    "write_run",
]
