import numpy as np
import pytest
import torch
from precision_runs import figure, study, version

from embdrift.errors import InputError
from embdrift.types import Similarity
from number_formats import anisotropic, cell

LADDER = [cell()]
N = 1000


def noisy(x, size, seed=7):
    aside = torch.from_numpy(np.random.default_rng(seed).standard_normal(x.shape).astype(np.float32))
    return x + size * aside / aside.norm(dim=1, keepdim=True)


def base():
    return anisotropic(N, 24)


@pytest.mark.parametrize(
    ("dtype", "name"), [(torch.float16, "float16"), (torch.bfloat16, "bfloat16"), (torch.float32, "float32")]
)
def test_a_stored_version_is_recognized_and_its_flips_are_explained(tmp_path, dtype, name):
    found = study(tmp_path, version("ref", base()), version("stored", base().to(dtype)), ladder=LADDER)
    numeric = found.tables["numeric"].iloc[0]
    assert numeric["as_if"] == name
    assert numeric["wrongly_stored"] == 0
    assert figure(found, "stored", "lost_unexplained")["value"] == 0
    assert "provenance" not in found.tables


def test_int8_that_came_back_as_numbers_is_recognized(tmp_path):
    x = base()
    scale = x.abs().amax(dim=1, keepdim=True) / 127
    back = torch.round(x / scale) * scale
    found = study(tmp_path, version("ref", x), version("int8", back), ladder=LADDER)
    assert found.tables["numeric"].iloc[0]["as_if"] == "int8_vector_symmetric"
    assert figure(found, "int8", "lost_unexplained")["value"] == 0
    assert figure(found, "int8", "lost_explained")["value"] > 0


def test_one_corrupted_dimension_in_a_thousand_is_named_and_its_flips_are_unexplained(tmp_path):
    stored = base().half()
    stored[417, 5] += 0.5
    found = study(tmp_path, version("ref", base()), version("stored", stored), ladder=LADDER)
    named = found.tables["provenance"]
    assert named[["set", "row", "id", "dimension", "differing"]].values.tolist() == [["corpus", 417, "item-0417", 5, 1]]
    assert named["found"][0] == float(stored[417, 5])
    assert figure(found, "stored", "lost_unexplained")["value"] > 0
    lost = found.tables["lost"]
    assert lost["label"].iloc[0] == "unexplained"
    unexplained = lost[lost["label"] == "unexplained"]
    assert "item-0417" in {*unexplained["item"], *unexplained["lost"]}
    assert found.tables["standing_out"]["id"].tolist() == ["item-0417"]
    assert figure(found, "stored", "numeric_scale")["note"] == "stands_out"


def test_a_swapped_pair_is_named_with_whose_vector_each_holds(tmp_path):
    stored = base().half()
    stored[[3, 250]] = stored[[250, 3]].clone()
    found = study(tmp_path, version("ref", base()), version("stored", stored), ladder=LADDER)
    named = found.tables["provenance"].set_index("id")["holds_id"].to_dict()
    assert named == {"item-0003": "item-0250", "item-0250": "item-0003"}
    assert figure(found, "stored", "lost_unexplained")["value"] > 0


def test_ids_and_not_rows_join_the_versions(tmp_path):
    ids = np.array([f"item-{row:04d}" for row in range(N)])
    order = np.random.default_rng(0).permutation(N)
    stored = base().half()[torch.from_numpy(order)]
    found = study(tmp_path, version("ref", base()), version("stored", stored, ids=ids[order]), ladder=LADDER)
    assert found.tables["numeric"].iloc[0]["as_if"] == "float16"
    assert figure(found, "stored", "lost_unexplained")["value"] == 0


def test_missing_items_do_not_count_as_lost(tmp_path):
    ids = np.array([f"item-{row:04d}" for row in range(N)])
    found = study(tmp_path, version("ref", base()), version("fewer", base().half()[100:], ids=ids[100:]), ladder=LADDER)
    assert figure(found, "fewer", "overlap", k=10)["value"] > 0.99
    assert figure(found, "fewer", "lost_unexplained")["value"] == 0
    assert found.facts["alignment"][0]["removed"] == 100


def test_an_even_change_of_the_model_is_numeric_scale_and_not_labelled(tmp_path):
    found = study(tmp_path, version("ref", base()), version("bf16 model", noisy(base(), 0.01)), ladder=LADDER)
    assert figure(found, "bf16 model", "numeric_scale")["value"] == 1
    row = figure(found, "bf16 model", "lost_explained")
    assert np.isnan(row["value"])
    assert "no format" in row["note"]
    predicted = figure(found, "bf16 model", "overlap_predicted")["value"]
    assert figure(found, "bf16 model", "overlap", k=10)["value"] == pytest.approx(predicted, abs=0.02)


def test_a_tokenizer_change_that_is_tiny_on_average_does_not_pass(tmp_path):
    changed = noisy(base(), 0.005)
    changed[::100] = noisy(base(), 0.6, seed=8)[::100]
    found = study(tmp_path, version("ref", base()), version("tokenizer", changed), ladder=LADDER)
    row = figure(found, "tokenizer", "numeric_scale")
    assert (row["value"], row["note"]) == (0, "stands_out")
    assert set(found.tables["standing_out"]["id"]) == {f"item-{place:04d}" for place in range(0, N, 100)}


def test_a_missing_normalisation_is_named_and_harmless_under_cosine_only(tmp_path):
    lengths = torch.linspace(0.5, 2, N)[:, None]
    for metric, kept in ((Similarity.cosine, 0.999), (Similarity.inner_product, 0.0)):
        found = study(
            tmp_path, version("ref", base(), similarity=metric), version("raw", base() * lengths, similarity=metric),
            ladder=LADDER,
        )  # fmt: skip
        assert found.tables["numeric"].iloc[0]["slip"] == "not_normalised"
        assert (figure(found, "raw", "overlap", k=10)["value"] > 0.9) == (kept > 0.9)


def test_equal_versions_are_equal(tmp_path):
    found = study(tmp_path, version("ref", base()), version("same", base()), ladder=LADDER)
    assert figure(found, "same", "equal_rows")["value"] == 1
    assert figure(found, "same", "overlap", k=10)["value"] == 1
    assert figure(found, "same", "as_if_stored")["note"] == "equal bit for bit"


def test_queries_are_looked_at_on_their_own(tmp_path):
    asked = anisotropic(40, 24, seed=3)
    found = study(tmp_path, version("ref", base(), asked), version("stored", base().half(), asked), ladder=LADDER)
    sets = found.tables["numeric"].set_index("set")
    assert sets.loc["corpus", "as_if"] == "float16"
    assert sets.loc["queries", "verdict"] == "equal"
    assert figure(found, "stored", "lost_unexplained", "queries")["value"] == 0


def test_other_dimensions_are_compared_by_neighbors_only(tmp_path):
    found = study(tmp_path, version("ref", base()), version("half", base()[:, :12]), ladder=LADDER)
    assert figure(found, "half", "relative_error_median")["note"] == "dimensions differ: 24 and 12"
    assert 0 < figure(found, "half", "overlap", k=10)["value"] < 1


def test_a_sampled_run_samples_candidates_alike(tmp_path):
    found = study(tmp_path, version("ref", base()), version("stored", base().half()), ladder=LADDER, query_sample=60)
    assert figure(found, "stored", "overlap", k=10)["n"] == 60
    assert figure(found, "stored", "lost_unexplained")["value"] == 0


def test_a_candidate_may_not_bear_the_name_of_a_cell(tmp_path):
    with pytest.raises(InputError, match="has the name of a precision cell"):
        study(tmp_path, version("ref", base()), version("float32", base()), ladder=LADDER)
