"""Summary rows by hand, as a run would hold them."""

import json
import math

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from embdrift.gates import Better, Gate, Rule, Straddling, judge

COLUMNS = ["study", "scope", "reference", "candidate", "cohort", "metric", "k"]
COLUMNS += ["value", "low", "high", "n", "chance", "floor", "note"]
NAN = math.nan
RECORD = {
    "format_version": 2, "embdrift": "0.1.0", "name": "made", "study": "drift", "created": "2026-01-31T12:00:00+00:00",
    "python": "3.11.7", "packages": {}, "device": {"kind": "cpu"}, "depth": 50, "texts": True, "config": {},
    "inputs": [],
    "alignment": [], "candidates": ["new"], "k": 10, "reference": "old",
}  # fmt: skip


def row(metric, value, **more):
    about = {
        "study": "drift", "scope": "corpus", "reference": "old", "candidate": "new", "cohort": "", "metric": metric,
        "k": NAN, "value": value, "low": NAN, "high": NAN, "n": 1000, "null": NAN, "floor": NAN, "note": "",
    }  # fmt: skip
    return about | more


def overlap(value, **more):
    return row("overlap", value, **({"study": "neighbor_shift", "k": 10, "chance": 0.01, "floor": 1.0} | more))


def frame(*rows):
    return pd.DataFrame(rows, columns=[*COLUMNS, *(["index"] if any("index" in one for one in rows) else [])])


def judged(rows, *rules, record=None, per_query=None):
    """The verdict on the one candidate of a run with these rows."""
    tables = {} if per_query is None else {"per_query": per_query}
    (found,) = judge(frame(*rows), RECORD | (record or {}), tables, Gate("mine", tuple(rules))).candidates
    return found


def only(rows, rule):
    """The only result of a rule."""
    (found,) = judged(rows, rule).rules
    return found


def write_folder(folder, *rows, per_query=None, **record):
    """A run folder that a gate can read."""
    folder.mkdir(parents=True, exist_ok=True)
    frame(*rows).to_csv(folder / "summary.csv", index=False)
    (folder / "record.json").write_text(json.dumps(RECORD | record), "utf-8")
    if per_query is not None:
        per_query.to_parquet(folder / "per_query.parquet", index=False)
    return folder


# Few distinct numbers, so that values often lie exactly on limits.
numbers = st.integers(-8, 8).map(lambda one: one / 4)


@st.composite
def rules(draw):
    better = draw(st.sampled_from(Better))
    straddling = draw(st.sampled_from(Straddling))
    limits = sorted(draw(st.tuples(numbers, numbers)))
    if better is Better.target:
        limits = sorted(map(abs, limits))
    warn, fail = limits[::-1] if better is Better.higher else limits
    given = draw(st.sampled_from([(warn, fail), (warn, None), (None, fail)]))
    target = draw(numbers) if better is Better.target else 0.0
    return Rule("mmd", better, warn=given[0], fail=given[1], target=target, straddling=straddling)


@st.composite
def rows_with_intervals(draw):
    low, value, high = sorted(draw(st.tuples(numbers, numbers, numbers)))
    bounds = draw(st.sampled_from([(low, high), (NAN, NAN)]))
    return row("mmd", value, low=bounds[0], high=bounds[1])


def points(low, high, *between):
    """Many values of an interval, and those of some more that lie in it."""
    return [*np.linspace(low, high, 257), *(one for one in between if low <= one <= high)]
