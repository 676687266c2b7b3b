"""What approximate indexes lose against exact search, and which tuned one survives a new version."""

from embdrift.studies.ann_recall.options import AnnOptions, require_options, require_options_and_faiss
from embdrift.studies.ann_recall.study import NAME, ann_recall

__all__ = ["NAME", "AnnOptions", "ann_recall", "require_options", "require_options_and_faiss"]
