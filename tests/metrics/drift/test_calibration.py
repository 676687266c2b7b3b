"""Each test at level 0.05 raises at most 12 alarms over 100 seeds of "same"; a sound one does so with chance 0.998."""

import numpy as np
import pytest
from drift_cases import disjoint_halves, equally_jittered

from embdrift.metrics.drift import dimension_distances, domain_classifier, mmd

SEEDS = range(100)
LEVEL = 0.05
MOST_ALARMS = 12


def mmd_alarms(pair, *, paired):
    return [mmd(*pair(120, 8, seed), paired=paired, seed=seed, frequencies=32).p <= LEVEL for seed in SEEDS]


def domain_alarms(pair, *, paired):
    sides = ([one.array() for one in pair(120, 8, seed)] for seed in SEEDS)
    return [domain_classifier(*both, paired=paired, seed=seed).p <= LEVEL for seed, both in enumerate(sides)]


def dimension_alarms(pair, *, paired):
    return [dimension_distances(*pair(120, 8, seed)).rejected(LEVEL) > 0 for seed in SEEDS]


@pytest.mark.parametrize("alarms", [mmd_alarms, domain_alarms, dimension_alarms])
@pytest.mark.parametrize(("pair", "paired"), [(disjoint_halves, False), (equally_jittered, True)])
def test_same_raises_few_alarms(alarms, pair, paired):
    assert np.sum(alarms(pair, paired=paired)) <= MOST_ALARMS
