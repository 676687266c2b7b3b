"""Search settings with made-up answers."""

import numpy as np

from embdrift.index import Build
from embdrift.studies.ann_recall.settings import IndexKey, SearchSetting
from embdrift.studies.ann_recall.trials import Condition
from embdrift.studies.ann_recall.tune import Halves

Q = 40
ALL = Halves(np.arange(Q) % 2 == 0, np.arange(Q) % 2 == 1)


def setting(recall, distances, *, qps=100.0, probes=1, random=True, seeds=2):
    per_query = np.broadcast_to(np.asarray(recall, float), (seeds, Q)).copy()
    rates = np.full((seeds, 3), qps)
    build = Build("ivf_flat", "IVF8,Flat", "IVF8,Flat", random=random)
    key = IndexKey(Condition.fresh, "old", "IVF8,Flat", 10)
    return SearchSetting(key, build, {"nprobe": probes}, per_query, per_query, distances, rates, rates)
