from embdrift.studies.ann_recall.options import AnnOptions

__all__ = ["AnnOptions"]
