import json

import numpy as np
import pytest
import torch

from embdrift.bench import PEERS, benchmark_vectors, measure
from embdrift.bench.exact import agreement
from embdrift.bench.systems import Found, ours, torch_topk
from embdrift.cli.main import main
from embdrift.errors import InputError


def test_vectors_are_seeded_of_length_one_and_hold_duplicates():
    vectors = benchmark_vectors(500, 16, 3)
    assert torch.equal(vectors, benchmark_vectors(500, 16, 3))
    np.testing.assert_allclose(vectors.norm(dim=1), 1, rtol=1e-5)
    assert len(torch.unique(vectors, dim=0)) < 500


def test_ours_and_torch_agree_with_float64_and_shuffled_tables_do_not():
    vectors = benchmark_vectors(400, 24, 0)
    for system in (ours, torch_topk):
        assert agreement(vectors, 5, system(vectors, 5)) == 1
    right = ours(vectors, 5)
    assert agreement(vectors, 5, Found(np.roll(right.positions, 1, axis=0))) < 0.1
    assert agreement(vectors, 5, Found(np.repeat(right.positions[:, :1], 5, axis=1))) == 0


def test_the_item_itself_or_the_last_is_dropped_from_longer_lists():
    found = Found(np.array([[0, 1, 2], [2, 1, 0], [0, 1, 3]]))
    assert found.others(np.arange(3), 2).tolist() == [[1, 2], [2, 0], [0, 1]]


def test_measurements_name_ours_first_and_hold_every_time():
    first, second = measure(benchmark_vectors(300, 8, 0), 4, peers=["torch"], repeat=3)
    assert (first.system, second.system) == ("embdrift", "torch")
    assert (first.n, first.d, first.k) == (300, 8, 4)
    assert first.times_ours == 1
    assert len(second.seconds_all) == 3
    assert second.seconds == np.median(second.seconds_all)
    assert (first.certified_rows, second.certified_rows) == (300, 0)


def test_unknown_peers_and_sizes_that_do_not_fit_are_refused():
    vectors = benchmark_vectors(30, 8, 0)
    with pytest.raises(InputError, match=f"peers must be among {', '.join(PEERS)}, got annoy"):
        measure(vectors, 4, peers=["annoy"], repeat=1)
    with pytest.raises(InputError, match="k must lie between 1 and 29"):
        measure(vectors, 30, peers=[], repeat=1)


def test_the_command_writes_figures_table_and_plot(tmp_path, capsys):
    given = ["bench", "exact", "--n", "200,300", "--d", "8", "--k", "3", "--peers", "torch", "--repeat", "1"]
    assert main([*given, "--out", str(tmp_path), "--json", str(tmp_path / "figures.json")]) == 0
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert [(one["system"], one["n"]) for one in figures] == [
        ("embdrift", 200), ("torch", 200), ("embdrift", 300), ("torch", 300)
    ]  # fmt: skip
    assert all(one["agrees_with_float64"] == 1 for one in figures)
    assert (tmp_path / "exact.md").read_text() in capsys.readouterr().out
    assert (tmp_path / "exact.png").stat().st_size > 1000


def test_the_command_refuses_sizes_that_are_none(capsys):
    assert main(["bench", "exact", "--n", "many"]) == 2
    assert "--n must be whole numbers" in capsys.readouterr().err
    assert main(["bench", "exact", "--n", "1"]) == 2
