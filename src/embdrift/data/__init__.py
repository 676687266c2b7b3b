from embdrift.data.alignment import Alignment, align
from embdrift.data.checks import VectorReport, inspect_vectors, require_usable
from embdrift.data.fingerprints import fingerprint
from embdrift.data.golden import GoldenPairs, read_golden
from embdrift.data.ids import read_ids
from embdrift.data.inspection import FileFindings, inspect_file
from embdrift.data.items import ItemList, Items, documents_of, item_list, read_items
from embdrift.data.qrels import Qrels, read_qrels, read_query_weights
from embdrift.data.vectors import read, write_vectors
from embdrift.settings import TieRule, ZeroVectors

__all__ = [
    "Alignment",
    "FileFindings",
    "GoldenPairs",
    "ItemList",
    "Items",
    "Qrels",
    "TieRule",
    "VectorReport",
    "ZeroVectors",
    "align",
    "documents_of",
    "fingerprint",
    "inspect_file",
    "inspect_vectors",
    "item_list",
    "read",
    "read_golden",
    "read_ids",
    "read_items",
    "read_qrels",
    "read_query_weights",
    "require_usable",
    "write_vectors",
]
