from embdrift.data.align import Alignment, align
from embdrift.data.documents import documents_of
from embdrift.data.fingerprint import fingerprint
from embdrift.data.golden import GoldenPairs, read_golden
from embdrift.data.id_files import read_ids
from embdrift.data.inspect_file import FileFindings, inspect_file
from embdrift.data.item_list import ItemList, item_list
from embdrift.data.items import Items, read_items
from embdrift.data.qrels import Qrels, read_qrels
from embdrift.data.query_weights import read_query_weights
from embdrift.data.read import read
from embdrift.data.validate import VectorReport, inspect_vectors, require_usable
from embdrift.data.write import write_vectors
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
