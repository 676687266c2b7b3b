"""Whether a classifier can tell from a vector which version it is of."""

from dataclasses import dataclass

import numpy as np

from embdrift.metrics.drift.permutation import permutation_p, random_signs
from embdrift.types import Array, Floats, Positions

LEAST = 20
"""Documents of each side that the classifier needs."""

PENALTY = 0.01
"""scikit-learn's C: how much the fit may trust few rows of many dimensions."""


@dataclass(frozen=True)
class Domain:
    """How well versions can be told apart.

    Args:
        auc: chance that a vector of the candidate scores above one of the reference; 0.5 where nothing tells them apart
        low: lower bound of its 95 % interval
        high: upper bound
        p: of the test that nothing tells them apart
    """

    auc: float
    low: float
    high: float
    p: float


def domain_classifier(
    reference: Floats, candidate: Floats, *, paired: bool, permutations: int = 199, seed: int = 0
) -> Domain:
    """AUC of a logistic regression on standardized vectors, each scored by the fit that has not seen its document.

    Documents fall into two halves; each is scored by the fit on the other, and the AUC is the mean of the halves'. Were
    the two vectors of one document in different halves, the fit would have seen the one when it scores the other, and
    the AUC of equal versions would fall below 0.5. Each half has an exact test given the other: the members of pairs
    swapped where both sides hold the same documents, Mann and Whitney's U where not. p is twice the lesser of the two,
    which holds its level however the halves depend on each other. The interval is DeLong's (1988), with the pair as
    the unit where there are pairs (Obuchowski 1997), and takes the errors of both halves for one and the same, which is
    the safe side.

    Args:
        reference: shape (n, d), n >= 20
        candidate: shape (m, d), m >= 20; row i of both is one document where they are paired
        paired: whether both hold the same documents
        permutations: swaps of pairs
        seed: of the halves and the swaps
    """
    random = np.random.Generator(np.random.Philox(seed))
    old_halves = _halves(len(reference), random)
    new_halves = old_halves if paired else _halves(len(candidate), random)
    aucs, errors, ps = [], [], []
    for test in (0, 1):
        fitted = _Fit(reference[old_halves[1 - test]], candidate[new_halves[1 - test]])
        old, new = fitted.scores(reference[old_halves[test]]), fitted.scores(candidate[new_halves[test]])
        aucs.append(auc(old, new))
        errors.append(auc_error(old, new, paired=paired))
        ps.append(_swap_p(old, new, permutations, random) if paired else _rank_p(old, new))
    mean, error = float(np.mean(aucs)), 1.96 * float(np.mean(errors))
    low, high = (float(np.clip(bound, 0, 1)) for bound in (mean - error, mean + error))
    return Domain(mean, low, high, min(1.0, 2 * min(ps)))


def _halves(n: int, random: np.random.Generator) -> tuple[Positions, Positions]:
    order = random.permutation(n)
    return np.sort(order[: n // 2]), np.sort(order[n // 2 :])


class _Fit:
    """A classifier of two sets, on the scale of both together."""

    def __init__(self, old: Floats, new: Floats) -> None:
        from sklearn.linear_model import LogisticRegression

        both = np.concatenate((old, new))
        self._mean = both.mean(axis=0)
        spread = both.std(axis=0)
        self._spread = np.where(spread > 0, spread, 1.0)
        labels = np.repeat([0, 1], (len(old), len(new)))
        self._model = LogisticRegression(C=PENALTY, class_weight="balanced", max_iter=1000)
        self._model.fit((both - self._mean) / self._spread, labels)

    def scores(self, vectors: Floats) -> Floats:
        return np.asarray(self._model.decision_function((vectors - self._mean) / self._spread), np.float64)


def auc(old: Floats, new: Floats) -> float:
    """Chance that a score of `new` exceeds one of `old`, ties counted half."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(np.repeat([0, 1], (len(old), len(new))), np.concatenate((old, new))))


def auc_error(old: Floats, new: Floats, *, paired: bool) -> float:
    """Standard error of the AUC from each score's placement among the scores of the other side.

    Args:
        old: shape (n,), n >= 2
        new: shape (m,), m >= 2; entry i of both is one document where they are paired
        paired: whether they are
    """
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate((old, new)))
    above = (ranks[len(old) :] - rankdata(new)) / len(old)  # share of old scores below each new one
    below = 1 - (ranks[: len(old)] - rankdata(old)) / len(new)
    if paired:
        return float(np.sqrt((above + below).var(ddof=1) / len(old)))
    return float(np.sqrt(above.var(ddof=1) / len(new) + below.var(ddof=1) / len(old)))


def _swap_p(old: Floats, new: Floats, permutations: int, random: np.random.Generator) -> float:
    """Swapping a pair swaps its two ranks, so that the sum of ranks is linear in the coins."""
    from scipy.stats import rankdata

    ranks: Array = rankdata(np.concatenate((old, new)))
    gains = ranks[len(old) :] - ranks[: len(old)]
    return permutation_p(float(gains.sum()), random_signs(len(gains), permutations, random) @ gains)


def _rank_p(old: Floats, new: Floats) -> float:
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(new, old, alternative="greater").pvalue)
