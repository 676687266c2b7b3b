from embdrift.results.record import InputFacts, file_facts, make_record
from embdrift.results.run_folder import default_folder, require_free, write_csv, write_run

__all__ = ["InputFacts", "default_folder", "file_facts", "make_record", "require_free", "write_csv", "write_run"]
