from dataclasses import replace

import numpy as np
import pytest
from ann_settings import Q, setting


def test_the_tail_is_that_of_one_index_and_not_of_the_mean_of_several():
    recalls = np.ones((2, Q))
    recalls[0, 0] = recalls[1, 1] = 0.0
    one = replace(setting(1.0, 10), recall=recalls)
    assert one.spread(0.9).below_half == pytest.approx(1 / Q)
    assert one.spread(0.9).robustness == pytest.approx(1 - 1 / Q)
    assert (one.per_query < 0.5).sum() == 0
    assert one.spread(0.9, np.arange(Q) == 0).mean == pytest.approx(0.5)
    assert one.spread(0.9).p1 == 0
