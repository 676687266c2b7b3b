"""From vectors with a known fault to the finding and the cause, through the study and the default gate."""

import numpy as np
import pandas as pd
import pytest
import torch

from embdrift.api import load_version
from embdrift.cache import TableCache
from embdrift.data import Items
from embdrift.data.synthetic import clustered, rotated
from embdrift.gates import Axis, Outcome, judge, read_gate
from embdrift.progress import Silent
from embdrift.studies import CommonOptions, DriftOptions, StudyInput
from embdrift.studies.drift.study import drift_study
from embdrift.types import EmbeddingSet

N, D = 600, 24


def versions():
    """Faults by name, planted in one set of vectors."""
    rng = np.random.default_rng(0)
    old = torch.nn.functional.normalize(clustered(N, D, seed=1), dim=1)
    noise = torch.from_numpy(rng.standard_normal((N, D))).float()
    turned = rotated(old, 2)
    some = torch.from_numpy(rng.choice(N, N // 5, replace=False))
    swapped, mixed, cohort = old.clone(), old.clone(), old.clone()
    swapped[some] = old[torch.roll(some, 1)]
    mixed[some] = turned[some]
    cohort[::6] += 0.2 * noise[::6]
    cut = (torch.arange(N) >= N // 2)[:, None]
    found = {
        "same": old.clone(),
        "rotation": turned,
        "offset": old + 0.2 * torch.nn.functional.normalize(noise[:1], dim=1),
        "scale": 2 * old,
        "float16": old.half().float(),
        "permuted": old[torch.from_numpy(rng.permutation(N))],
        "swapped": swapped,
        "mixed": mixed,
        "cohort": cohort,
        "truncated texts": torch.where(cut, old + 0.1 * noise, old),
        "another model": old + 0.2 * noise,
        "fewer dimensions": old[:, : D // 2].contiguous(),
    }
    return old, found


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    old, new = versions()
    ids = np.arange(N).astype(str)
    about = pd.DataFrame(
        {"lang": np.where(np.arange(N) % 6 == 0, "de", "en"), "text": ["x" * (10 + row) for row in range(N)]},
        index=pd.Index(ids.astype(object), name="id"),
    )
    given = StudyInput(
        reference=load_version(EmbeddingSet("old", old, ids)),
        candidates=tuple(load_version(EmbeddingSet(name, vectors, ids)) for name, vectors in new.items()),
        items=Items(about, ("lang",), "text"),
        common=CommonOptions(device="cpu"),
    )
    cache = TableCache(tmp_path_factory.mktemp("cache"))
    options = DriftOptions(examples=0, noise_floor=False, permutations=99, classifier_rows=400, cohort_rows=100)
    found = drift_study(given, options, cache=cache, progress=Silent())
    facts = [("reference", "old", D), *(("candidate", name, one.shape[1]) for name, one in new.items())]
    record = {
        "k": 10,
        "reference": "old",
        "candidates": list(new),
        "inputs": [{"role": role, "name": name, "d": d, "unit_length": name == "old"} for role, name, d in facts],
        **found.facts,
    }
    verdict = judge(found.summary, record, {"per_query": found.per_query}, read_gate("default"))
    return {one.candidate: one for one in verdict.candidates}


SCRAMBLED = "documents and vectors no longer belong together"
SAFE = "safe after a full re-embedding, fatal if old and new vectors are mixed"
BOTH = "both moved"
NEVER = "nothing moved"


EXPECTED = {
    "same": (Outcome.pass_, NEVER, None),
    "rotation": (Outcome.warn, SAFE, "uniform rotation"),
    "offset": (Outcome.warn, SAFE, "constant offset"),
    "scale": (Outcome.fail, SAFE, "norm change"),
    "float16": (Outcome.pass_, NEVER, "rounding to float16"),
    "permuted": (Outcome.fail, SCRAMBLED, "identifiers mixed up"),
    "swapped": (Outcome.fail, SCRAMBLED, "identifiers mixed up"),
    "mixed": (Outcome.fail, BOTH, "part of the corpus from another version"),
    "cohort": (Outcome.fail, "moved", "lang=de alone"),
    "truncated texts": (Outcome.fail, "moved", "tokenizer or truncation"),
    "another model": (Outcome.fail, BOTH, "every vector moved by itself: noise, or another model"),
    "fewer dimensions": (Outcome.fail, "moved", "dimensions cut"),
}


def wrong(found, outcome, finding, cause):
    """What is not as expected about a verdict; nothing where all is."""
    names = [one.name for one in found.causes]
    as_expected = found.outcome is outcome and finding in found.finding
    named = names == [] if cause is None else cause in names
    return "" if as_expected and named else f"{found.outcome.value}, {found.finding}, {names}"


def test_planted_faults_are_found_and_named(verdicts):
    found = {fault: wrong(verdicts[fault], *expected) for fault, expected in EXPECTED.items()}
    assert {fault: said for fault, said in found.items() if said} == {}
    # In the same test, so that only one worker measures.
    assert_rotation_and_offset_keep_their_neighbours(verdicts)
    assert_every_cause_brings_figures(verdicts)


def assert_rotation_and_offset_keep_their_neighbours(verdicts):
    for fault in ("rotation", "offset"):
        assert verdicts[fault].neighbor_axis is Axis.unmoved
        assert verdicts[fault].distribution_axis is Axis.moved


def assert_every_cause_brings_figures(verdicts):
    for one in verdicts.values():
        for cause in one.causes:
            assert cause.evidence
            assert all(any(letter.isdigit() for letter in sentence) for sentence in cause.evidence[:1])
