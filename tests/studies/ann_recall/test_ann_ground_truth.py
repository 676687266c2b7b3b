import h5py
import numpy as np
import pytest
from ann_runs import run, small_options, version

from embdrift.data.synthetic import clustered, with_duplicates
from embdrift.errors import InputError
from embdrift.search import exact_search

N, Q, K = 300, 40, 5


@pytest.fixture
def data():
    corpus, queries = with_duplicates(clustered(N, 16, seed=1), 0.1, 2), clustered(Q, 16, seed=3)
    return corpus, queries, exact_search(corpus, K, queries=queries).positions


def write(folder, kind, neighbors):
    path = folder / f"truth{kind}"
    if kind == ".h5":
        with h5py.File(path, "w") as file:
            file["neighbors"] = neighbors
            file["distances"] = np.zeros(neighbors.shape, np.float32)
    elif kind == ".ivecs":
        np.hstack([np.full((len(neighbors), 1), neighbors.shape[1]), neighbors]).astype("<i4").tofile(path)
    else:
        with path.open("wb") as file:
            np.array(neighbors.shape, "<u4").tofile(file)
            neighbors.astype("<i4").tofile(file)
    return path


def checked(monkeypatch, tmp_path, data, path):
    corpus, queries, _ = data
    options = small_options(seeds=[0], ground_truth=str(path), ks=[1])
    options.index.hnsw_flat = options.index.ivf_flat = options.index.scalar = None
    return run(monkeypatch, tmp_path / "cache", version("old", corpus, queries), [], k=1, options=options)


@pytest.mark.parametrize("kind", [".h5", ".ivecs", ".ibin"])
def test_true_neighbors_agree_whatever_the_format(kind, data, monkeypatch, tmp_path):
    result = checked(monkeypatch, tmp_path, data, write(tmp_path, kind, data[2]))
    assert any(f"{Q} of {Q} queries have the neighbors" in note for note in result.notes)
    assert "ground_truth" not in result.tables


def test_false_neighbors_are_listed_with_ours_and_both_scores(data, monkeypatch, tmp_path):
    neighbors = data[2].copy()
    stranger = next(item for item in range(N) if item not in neighbors[7])
    neighbors[7, 2] = stranger
    result = checked(monkeypatch, tmp_path, data, write(tmp_path, ".ibin", neighbors))
    row = result.tables["ground_truth"].iloc[0]
    assert (row["query"], row["rank"], row["given"]) == ("7", 3, str(stranger))
    assert row["ours"] == str(data[2][7, 2])
    assert row["our_score"] > row["given_score"]
    assert any(f"{Q - 1} of {Q} queries" in note for note in result.notes)


def test_a_duplicate_of_a_neighbor_is_no_disagreement(monkeypatch, tmp_path):
    corpus, queries = clustered(N, 16, seed=1), clustered(Q, 16, seed=3)
    corpus[1] = corpus[0]
    queries[0] = corpus[0]
    table = exact_search(corpus, 1, queries=queries).positions
    other = table.copy()
    other[0, 0] = 1 - table[0, 0]
    result = checked(monkeypatch, tmp_path, (corpus, queries, table), write(tmp_path, ".ivecs", other))
    assert "ground_truth" not in result.tables


def test_a_neighbor_given_twice_is_a_disagreement(data, monkeypatch, tmp_path):
    neighbors = data[2].copy()
    neighbors[7, 3] = neighbors[7, 1]
    result = checked(monkeypatch, tmp_path, data, write(tmp_path, ".ivecs", neighbors))
    row = result.tables["ground_truth"].iloc[0]
    assert (row["query"], row["rank"], row["note"]) == ("7", 4, "given twice")
    assert row["ours"] == str(data[2][7, 3])


def test_neighbors_of_other_data_are_refused(data, monkeypatch, tmp_path):
    with pytest.raises(InputError, match=f"has {Q} queries and {N} items; give the file that belongs to it"):
        checked(monkeypatch, tmp_path, data, write(tmp_path, ".ibin", data[2][:10]))
    with pytest.raises(InputError, match="give the file that belongs to it"):
        checked(monkeypatch, tmp_path, data, write(tmp_path, ".ibin", data[2] + N))


def test_a_file_of_distances_is_refused(data, monkeypatch, tmp_path):
    path = tmp_path / "truth.npy"
    np.save(path, np.full((Q, K), 0.5, np.float32))
    with pytest.raises(InputError, match="rows of the corpus as whole numbers"):
        checked(monkeypatch, tmp_path, data, path)
