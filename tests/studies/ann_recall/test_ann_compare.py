"""The verdict on a change of recall, and training noise."""

import numpy as np
import pytest
from ann_settings import ALL, setting

from embdrift.metrics import Paired
from embdrift.studies.ann_recall.compare import RecallVerdict, recall_verdict, reseed_spread

NAN = float("nan")


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.005, 0.01, RecallVerdict.kept),
        (-0.03, -0.02, RecallVerdict.lost),
        (-0.03, 0.0, RecallVerdict.inconclusive),
        (NAN, NAN, RecallVerdict.undefined),
        (0.1, 0.2, RecallVerdict.kept),
    ],
)
def test_a_verdict_reads_the_bounds_of_the_interval(low, high, verdict):
    assert recall_verdict(Paired(0, low, high, 0.5, 20), 0.01) == verdict


def test_training_noise_is_the_greatest_difference_between_seeds():
    one = setting(0.9, 10, seeds=3)
    one.recall[1] = 0.8
    assert reseed_spread(one, ALL) == pytest.approx(0.1)
    assert np.isnan(reseed_spread(setting(0.9, 10, seeds=1), ALL))
    assert reseed_spread(setting(0.9, 10, seeds=1, random=False), ALL) == 0
