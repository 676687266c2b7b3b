"""From a typed config to what a study is given."""

import json
from pathlib import Path

import numpy as np
import pytest

from embdrift.api import Stopwatch
from embdrift.config import build, config_as_run
from embdrift.config.composing import compose_run
from embdrift.errors import InputError
from embdrift.progress import Silent


def built(*overrides, pretend=False):
    return build(compose_run(overrides), Silent(), Stopwatch(), pretend=pretend)


@pytest.fixture(autouse=True)
def files(tmp_path):
    random = np.random.default_rng(0)
    for name in ("old", "new", "second"):
        np.save(f"{name}.npy", random.standard_normal((20, 4)).astype(np.float32))


CANDIDATE = "candidates=[{name:new,path:new.npy,truncate:3,normalize:true,similarity:l2}]"


def test_versions_are_read_as_each_of_them_says():
    given, files = built("reference.path=old.npy", CANDIDATE, "again.path=second.npy", "k=3", "seed=5", "texts=false")
    (new,) = given.candidates
    assert (given.reference.name, new.name, given.again.name) == ("old", "new", "second")
    assert (given.reference.corpus.similarity.value, new.corpus.similarity.value) == ("cosine", "l2")
    assert new.corpus.d == 3
    assert new.corpus.report.unit_length
    assert (given.common.k, given.common.seed, given.common.texts) == (3, 5, False)
    assert files == []


def test_a_run_in_its_record_is_plain_values():
    run = compose_run(["reference.path=old.npy", CANDIDATE])
    plain = config_as_run(run)
    assert json.loads(json.dumps(plain)) == plain
    assert plain["candidates"][0]["similarity"] == "l2"


@pytest.mark.parametrize("pretend", [False, True])
def test_k_and_sizes_are_checked_whatever_the_study(pretend):
    with pytest.raises(InputError, match=r"k must be between 1 and 19 for the 20 items of old\.npy, got 20"):
        built("reference.path=old.npy", CANDIDATE, "k=20", pretend=pretend)
    np.save("q.npy", np.ones((3, 7), np.float32))
    queries = ["reference.queries=q.npy", "candidates=[{name:new,path:new.npy,queries:q.npy}]"]
    with pytest.raises(InputError, match=r"the same number of dimensions, got 7 in q\.npy and 4 in old\.npy"):
        built("reference.path=old.npy", *queries, pretend=pretend)
    np.save("one.npy", np.ones((1, 4), np.float32))
    with pytest.raises(InputError, match=r"one\.npy has 1 usable vectors"):
        built("reference.path=one.npy", CANDIDATE, "k=1", pretend=pretend)


def test_a_home_folder_is_written_out(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "here"))
    given, _ = built("reference.path='~/old.npy'", CANDIDATE)
    assert given.reference.corpus.n == 20


def test_an_encoder_without_texts():
    with pytest.raises(InputError, match="an encoder needs texts"):
        built("reference={name:a,path:old.npy}", "candidates=[{name:b,encoder:{dtype:float16}}]")


def test_everything_known_about_the_items_is_read_as_the_settings_say():
    Path("ids.txt").write_text("".join(f"i{row}\n" for row in range(20)))
    Path("items.csv").write_text("id,when\n" + "".join(f"i{row},{86400 * row}\n" for row in range(20)))
    Path("golden.csv").write_text("a,b,score\ni1,i2,0.5\n")
    Path("gone.txt").write_text("i3\n")
    given, files = built(
        "reference={path:old.npy,ids:ids.txt}", "candidates=[{name:new,path:new.npy,ids:ids.txt}]", "study=drift",
        "study.cut_offs=[0.3,0.6]", "study.golden_threshold=0.4", "dataset.items=items.csv",
        "dataset.golden=golden.csv", "dataset.removed=gone.txt", "dataset.timestamp=when", "dataset.as_of='1970-03-01'",
    )  # fmt: skip
    assert len(given.golden) == 1
    assert given.listed.removed.tolist() == ["i3"]
    assert given.listed.as_of == 86400 * 59
    assert given.items.cohorts == ()
    assert [one.role for one in files] == ["items", "golden", "removed"]


@pytest.mark.parametrize(
    ("override", "rule"),
    [
        ("dataset.golden=golden.csv", "golden is read by the study drift only, and this run is of neighbor_shift"),
        ("dataset.ties=averaged", "ties says how answers are judged, and nothing is judged: give qrels as well"),
        ("dataset.ties=random", "dataset.ties"),
    ],
)
def test_settings_without_effect_are_refused(override, rule):
    with pytest.raises(InputError, match=rule):
        built("reference.path=old.npy", CANDIDATE, override)
