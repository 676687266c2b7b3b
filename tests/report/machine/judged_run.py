"""A run folder and its verdict, small and by hand: two candidates, one cohort, every outcome."""

import json
import math

import pandas as pd

from embdrift.gates import (
    Axis,
    Better,
    CandidateVerdict,
    Cause,
    Outcome,
    Rule,
    RuleResult,
    Verdict,
    worst,
)
from embdrift.results import write_csv

CREATED = "2026-01-31T12:00:00+00:00"
COLUMNS = ["study", "scope", "reference", "candidate", "cohort", "metric", "k"]
COLUMNS += ["value", "low", "high", "n", "chance", "floor", "note"]
BOUNDS = (0.0, 0.5, 0.9, math.inf)
VALUES = (0.25, 0.75, 2.0)
QUALITY = ("ndcg", "rr", "recall", "precision")
OWN = (
    "top1_similarity_median",
    "top1_similarity_p5",
    "top1_similarity_p1",
    "norm_median",
    "effective_rank",
    "null_vectors",
)
OWN += ("near_zero_vectors", "constant_vectors", "duplicated_vectors", "share_below_threshold", "norm_collapse")
AGAINST = ("similarity_kl", "similarity_js", "similarity_psi", "norm_median_change", "mmd", "domain_auc")
AGAINST += ("index_age_median_days", "ks_rejected_share")


def result(outcome, *, figure="overlap", scope="corpus", cohort="", value=0.5, limit=0.8, k=10, sentence=None):
    rule = Rule(figure, Better.higher, warn=0.9, fail=0.8, scope=scope, cohort=cohort)
    said = sentence or f"{figure} is {value}, and the limit is {limit}"
    nan = math.nan
    return RuleResult(rule, scope, cohort, value, nan, nan, value, limit, outcome, said, study="neighbor_shift", k=k)


def candidate(name, *rules, finding="neighbours kept", causes=(), axes=(Axis.unmoved, Axis.unmoved)):
    return CandidateVerdict(name, worst(rule.outcome for rule in rules), finding, *axes, rules, causes)


def verdict(*candidates, reference="old", gate="default"):
    return Verdict(worst(one.outcome for one in candidates), reference, candidates, gate)


def every_outcome():
    """One candidate that passes, one whose rules show every outcome."""
    bad = candidate(
        "new.v2",
        result(Outcome.fail),
        result(Outcome.fail, cohort="language=sv", value=0.2),
        result(Outcome.warn, figure="similarity_kl", k=None, value=0.07, limit=0.05),
        result(Outcome.inconclusive, figure="ndcg_change", scope="queries", value=-0.01, limit=0.0),
        result(Outcome.not_measured, figure="ann_recall", value=math.nan, limit=math.nan),
        result(Outcome.pass_, figure="norm_median_change", k=None, value=0.01, limit=0.05),
        finding="distribution unmoved, neighbours scrambled: documents and vectors no longer belong together",
        causes=(Cause("identifiers mixed up", ("self-displacement is 0.98", "lengths are the same")),),
        axes=(Axis.unmoved, Axis.moved),
    )
    return verdict(candidate("same", result(Outcome.pass_, value=1.0)), bad)


def write_run(folder, found, *, cohorts=("language=sv",), run="nightly"):
    """A drift run about the candidates of a verdict."""
    names = [one.candidate for one in found.candidates]
    record = {
        "format_version": 1, "embdrift": "0.1.0", "name": run, "study": "drift", "created": CREATED,
        "config": {}, "commit": "0123abc", "dirty": False, "python": "3.11.7", "packages": {},
        "device": {"kind": "cpu", "name": "a processor", "threads": 2}, "seed": 0, "k": 10, "depth": 50,
        "texts": True, "reference": found.reference, "candidates": names, "inputs": [], "alignment": [],
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    rows = [row for name in names for row in figures(found.reference, name, cohorts)]
    rows += [row for row in figures(found.reference, found.reference, cohorts) if row["metric"] in OWN]
    write_csv(folder / "summary.csv", pd.DataFrame(rows, columns=COLUMNS))
    write_csv(folder / "tables" / "histograms.csv", histograms(found.reference, names))
    (folder / "record.json").write_text(json.dumps(record), "utf-8")
    return folder


def figures(reference, name, cohorts):
    """The summary's rows about one candidate."""
    about = {"reference": reference, "candidate": name, "cohort": "", "n": 100, "note": ""}
    for scope in ("corpus", "queries"):
        for k in (1, 10):
            more = {"metric": "overlap", "k": k, "value": 0.4, "chance": 0.01, "floor": 0.99}
            yield {"study": "neighbor_shift", "scope": scope, **about, **more}
        yield {"study": "neighbor_shift", "scope": scope, **about, "metric": "top1_flip", "k": 1, "value": 0.5}
        for metric in (*OWN, *AGAINST):
            yield {"study": "drift", "scope": scope, **about, "metric": metric, "value": 0.25}
    for metric in QUALITY:
        change = {"metric": f"{metric}_change", "k": 10, "value": -0.1, "low": -0.15, "high": -0.05}
        yield {"study": "neighbor_shift", "scope": "queries", **about, "metric": metric, "k": 10, "value": 0.6}
        yield {"study": "neighbor_shift", "scope": "queries", **about, **change}
    yield {"study": "drift", "scope": "corpus", **about, "metric": "domain_auc_p", "note": "no common dimension"}
    for cohort in cohorts:
        more = {"cohort": cohort, "metric": "overlap", "k": 10, "value": 0.2, "low": 0.1, "high": 0.3}
        yield {"study": "neighbor_shift", "scope": "corpus", **about, **more}


def histograms(reference, names):
    """Three values a version, at 0.25, 0.75 and 2."""
    rows = [
        (scope, version, quantity, low, high, 1, value)
        for scope in ("corpus", "queries")
        for version in (reference, *names)
        for quantity in ("top1_similarity", "norm_ratio")
        for low, high, value in zip(BOUNDS, BOUNDS[1:], VALUES, strict=False)
    ]
    return pd.DataFrame(rows, columns=["scope", "version", "quantity", "low", "high", "items", "sum"])
