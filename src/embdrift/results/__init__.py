from embdrift.results.record import InputFacts, file_facts, make_record
from embdrift.results.run_folder import (
    LONGEST_NAME,
    default_folder,
    removed_if_empty,
    require_free,
    require_free_for_sweep,
    require_plain_name,
    write_csv,
    write_run,
)

__all__ = [
    "LONGEST_NAME",
    "InputFacts",
    "default_folder",
    "file_facts",
    "make_record",
    "removed_if_empty",
    "require_free",
    "require_free_for_sweep",
    "require_plain_name",
    "write_csv",
    "write_run",
]
