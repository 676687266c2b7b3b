"""Sweeps through Hydra's launchers."""

from pathlib import Path

import cloudpickle
import pytest
from hydra import compose

from embdrift.config.composing import compose_run, start_hydra
from embdrift.config.overrides import override
from embdrift.config.sweeping import discard_job, run_task, sweep, sweep_jobs, sweep_runs
from embdrift.errors import InputError, StorageError


def write(run, folder: Path) -> None:
    if run.k == 13:
        discard_job(folder)
        return
    if run.k == 14:
        (folder / "summary.csv").write_text("half")
        return
    (folder / "record.json").write_text(f"{run.k} {run.similarity.value}")


def test_every_combination_is_a_job():
    jobs = sweep_jobs(["k=2,3", "similarity=choice(l2,cosine)", "name=x"])
    assert [(run.k, run.similarity.value, run.name) for run in map(compose_run, jobs)] == [
        (2, "l2", "x"),
        (2, "cosine", "x"),
        (3, "l2", "x"),
        (3, "cosine", "x"),
    ]
    assert [run.k for run in sweep_runs(["k=range(2,5)"])] == [2, 3, 4]
    assert len(sweep_runs(["compute=glob([cp*,cu*])"])) == 2


def test_jobs_write_to_folders_below_the_sweep_and_nowhere_else(tmp_path):
    finished = sweep(["k=2,3", "similarity=l2"], tmp_path / "sweep, [a]=%k", write)
    assert [path.read_text() for path in (folder / "record.json" for folder in finished)] == ["2 l2", "3 l2"]
    assert {path.parent for path in finished} == {tmp_path / "sweep, [a]=%k"}
    assert list(Path.cwd().iterdir()) == []


def test_a_folder_that_configs_would_read_as_something_else_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot hold"):
        sweep(["k=2,3"], tmp_path / "${k}", write)
    assert list(tmp_path.rglob("*")) == [tmp_path / "here"]


def test_a_job_that_discards_its_folder_is_not_among_the_finished(tmp_path):
    finished = sweep(["k=2,13,3"], tmp_path / "sweep", write)
    assert [path.name for path in finished] == ["0_neighbor_shift", "2_neighbor_shift"]
    assert not (tmp_path / "sweep" / "1_neighbor_shift").exists()


def test_a_job_that_wrote_half_of_its_results_is_a_fault_of_storage(tmp_path):
    with pytest.raises(StorageError, match="1_neighbor_shift could not write its results"):
        sweep(["k=2,14"], tmp_path / "sweep", write)
    assert (tmp_path / "sweep" / "0_neighbor_shift" / "record.json").exists()


def test_a_run_from_before_does_not_count_as_finished(tmp_path):
    assert len(sweep(["k=2,3"], tmp_path / "sweep", write)) == 2
    assert [path.name for path in sweep(["k=2,13"], tmp_path / "sweep", write)] == ["0_neighbor_shift"]


def test_names_of_job_folders_may_be_chosen(tmp_path):
    finished = sweep(["k=2,3", "hydra.sweep.subdir=k/${k}"], tmp_path / "sweep", write)
    assert [path.relative_to(tmp_path) for path in finished] == [Path("sweep/k/2"), Path("sweep/k/3")]


@pytest.mark.parametrize(
    "setting",
    [
        "hydra.sweep.dir=x",
        "hydra.run.dir=x",
        "hydra.mode=RUN",
        "hydra.output_subdir=null",
        "hydra.sweep.subdir=../x",
        "hydra.sweep.subdir=/x",
    ],
)
def test_results_cannot_be_moved_out_of_the_sweep(setting):
    with pytest.raises(InputError, match="name that with --out DIR"):
        sweep_jobs(["k=2,3", setting])


def test_a_sweep_that_only_other_sweepers_know_is_refused():
    with pytest.raises(InputError, match="does not support sweep type"):
        sweep_jobs(["k=interval(1,3)"])


def test_a_folder_with_results_is_not_discarded(tmp_path):
    (tmp_path / ".hydra").mkdir()
    (tmp_path / "record.json").write_text("{}")
    discard_job(tmp_path)
    assert (tmp_path / "record.json").exists()


def test_other_launchers_can_pickle_a_job():
    from functools import partial

    from embdrift.cli.job import sweep_job

    start_hydra()
    config = compose("config", overrides=["k=3", override("candidates", [{"name": "a", "path": "b.npy"}])])
    task, again = cloudpickle.loads(cloudpickle.dumps((partial(run_task, sweep_job), config)))
    assert task.args == (sweep_job,)
    assert again == config
