from embdrift.data.align import Alignment, align
from embdrift.data.fingerprint import fingerprint
from embdrift.data.id_files import read_ids
from embdrift.data.inspect_file import FileFindings, inspect_file
from embdrift.data.items import Items, read_items
from embdrift.data.qrels import Qrels, read_qrels
from embdrift.data.read import read
from embdrift.data.validate import VectorReport, ZeroVectors, inspect_vectors, require_usable
from embdrift.data.write import write_vectors

__all__ = [
    "Alignment",
    "FileFindings",
    "Items",
    "Qrels",
    "VectorReport",
    "ZeroVectors",
    "align",
    "fingerprint",
    "inspect_file",
    "inspect_vectors",
    "read",
    "read_ids",
    "read_items",
    "read_qrels",
    "require_usable",
    "write_vectors",
]
