"""Gates from Python."""

import numpy as np
import pytest

import embdrift
from embdrift.errors import InputError
from embdrift.gates import Better, Gate, Outcome, Rule


@pytest.fixture
def vectors(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBDRIFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("embdrift.report.judging.report", lambda folder: folder)
    return np.random.default_rng(0).standard_normal((40, 6)).astype(np.float32)


def test_a_run_may_be_judged_at_once(vectors, tmp_path):
    gate = Gate("mine", (Rule("overlap", Better.higher, fail=0.99),))
    noisy = vectors + 0.5 * np.roll(vectors, 1, axis=0)
    run = embdrift.run(vectors, {"same": vectors, "noisy": noisy}, k=3, gate=gate, out=tmp_path / "run")
    assert run.verdict.outcome is Outcome.fail
    assert [one.outcome for one in run.verdict.candidates] == [Outcome.pass_, Outcome.fail]
    assert embdrift.open_run(run.folder).verdict.to_json() == run.verdict.to_json()


def test_a_wrong_gate_is_refused_before_anything_is_measured(vectors, tmp_path):
    with pytest.raises(InputError, match="did you mean 'strict'"):
        embdrift.run(vectors, {"same": vectors}, gate="strikt", out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
