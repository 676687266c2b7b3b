import numpy as np
import pandas as pd
import pytest
import torch
from precision_runs import corpus_scope, figure, study, version

from embdrift.data import Qrels
from embdrift.errors import InputError
from embdrift.numerics import Label, PrecisionCell, QueryFormat, RescoreWith, StorageFormat, cell_name
from embdrift.progress import Silent
from embdrift.search import exact_search
from embdrift.studies.precision import PrecisionOptions
from embdrift.studies.precision.cells import cell_search, measure, store
from embdrift.types import Similarity
from number_formats import anisotropic, cell, unit

LABELLED = [
    cell(),
    cell("float32", "float64", "float64"),
    cell("float64", "float64", "float64"),
    cell(arithmetic="tf32"),
    cell("float16", kept="float16"),
    cell("float16", "bfloat16", "bfloat16"),
    cell("bfloat16", "float64", "float16"),
    cell("float8_e4m3"),
    cell("float8_e5m2", "float16"),
    cell("float8_e4m3_vector"),
    cell("int8_vector_symmetric"),
    cell("int8_vector_affine", "bfloat16"),
    cell("int8_dimension_symmetric", kept="float16"),
    cell("int8_dimension_affine", query=QueryFormat.given),
    cell("int4_vector_symmetric"),
    cell("int4_dimension_affine", rescore=3),
    cell("float8_e5m2", rescore=2, rescore_with=RescoreWith.original),
]


def duplicated(n=400, d=24):
    """A corpus in which a fifth of the vectors are copies, so that ties abound."""
    x = anisotropic(n, d)
    x[: n // 5] = x[n // 5 : 2 * (n // 5)]
    return x


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    reference = version("fp32", duplicated(), anisotropic(30, 24, seed=1))
    return study(tmp_path_factory.mktemp("clean"), reference, ladder=LABELLED)


@pytest.mark.parametrize("scope", ["corpus", "queries"])
@pytest.mark.parametrize("name", [cell_name(one) for one in LABELLED])
def test_no_flip_on_clean_data_is_unexplained(clean, name, scope):
    found = figure(clean, name, "lost_unexplained", scope)
    assert found["value"] == 0
    labelled = sum(figure(clean, name, f"lost_{label}", scope)["value"] for label in ("tie", "explained"))
    assert labelled == found["n"]
    assert figure(clean, name, "wrongly_stored", scope)["value"] == 0


@pytest.mark.parametrize("scope", ["corpus", "queries"])
@pytest.mark.parametrize("name", [cell_name(one) for one in LABELLED])
def test_no_score_error_exceeds_its_bound(clean, name, scope):
    assert figure(clean, name, "score_error_share_of_bound", scope)["value"] <= 1


@pytest.mark.parametrize("metric", list(Similarity))
def test_no_flip_is_unexplained_under_any_metric(tmp_path, metric):
    x = duplicated(250, 16) * torch.linspace(0.5, 2, 250)[:, None]
    ladder = [cell(), cell("float16", kept="float16"), cell("bfloat16", "tf32"), cell("int8_vector_symmetric")]
    found = study(tmp_path, version("fp32", x, similarity=metric), ladder=ladder)
    rows = found.summary[found.summary["metric"] == "lost_unexplained"]
    assert (rows["value"] == 0).all()
    assert len(rows) == len(ladder)


def test_float64_arithmetic_on_what_is_stored_exactly_changes_nothing(clean):
    for metric in ("overlap", "overlap_as_listed"):
        assert figure(clean, "float32, float64 arithmetic, float64 scores", metric, k=10)["value"] == 1


def test_coarse_codes_lose_neighbors_and_explain_them_themselves(clean):
    coarse = cell_name(cell("int4_vector_symmetric"))
    assert figure(clean, coarse, "lost_explained")["value"] > 50
    assert figure(clean, coarse, "explained_by_components")["value"] > 50


def test_kept_scores_lose_neighbors_and_the_arithmetic_explains_them(clean):
    name = "bfloat16, float64 arithmetic, float16 scores"
    assert figure(clean, name, "explained_by_sums")["value"] > 0
    assert figure(clean, name, "boundary_ties_created")["value"] > 0


def test_an_item_of_equal_float64_score_that_takes_a_place_is_a_tie(tmp_path):
    # 1 + a and 1 - a add up to 2 like 1 and 1, but float16 rounds only the smaller one down
    a = 1.5 * 2.0**-12
    corpus = torch.tensor([[1 + a, 1 - a], [1.0, 1.0], [0.5, 0.5], [0.1, 0.2]])
    reference = version("fp32", corpus, torch.ones(2, 2), similarity=Similarity.inner_product)
    found = study(tmp_path, reference, ladder=[cell("float16")], k=1)
    assert figure(found, "float16", "lost_tie", "queries")["value"] == 2
    assert found.tables["lost"].query("scope == 'queries'")["label"].tolist() == ["tie", "tie"]


def test_the_float32_cell_is_the_floor_of_the_others(clean):
    floor = figure(clean, "float32", "overlap", k=10)["value"]
    assert figure(clean, "float8_e4m3", "overlap", k=10)["floor"] == floor


def test_predicted_overlap_is_near_the_observed(clean):
    for name in ("float8_e4m3", "int4_vector_symmetric", "int8_dimension_affine, queries as given"):
        observed = figure(clean, name, "overlap", k=10)["value"]
        assert figure(clean, name, "overlap_predicted")["value"] == pytest.approx(observed, abs=0.03)


def test_without_a_float32_cell_there_is_no_floor(tmp_path):
    found = study(tmp_path, version("fp32", anisotropic(120, 8)), ladder=[cell("float16")])
    row = figure(found, "float16", "overlap", k=10)
    assert np.isnan(row["floor"])
    assert "no floor" in row["note"]


def test_raw_codes_and_bits_are_not_labelled(tmp_path):
    ladder = [cell("int8_dimension_affine", "codes"), cell("binary", "codes")]
    found = study(tmp_path, version("fp32", anisotropic(120, 8)), ladder=ladder)
    for one in ladder:
        row = figure(found, cell_name(one), "lost_unexplained")
        assert np.isnan(row["value"])
        assert "another similarity" in row["note"]


def test_rescoring_with_originals_puts_the_kept_ones_in_their_true_order(tmp_path):
    reference = version("fp32", anisotropic(300, 32))
    ladder = [cell("binary", "codes"), cell("binary", "codes", rescore=5), cell("binary", "codes", rescore=20)]
    found = study(tmp_path, reference, ladder=ladder)
    kept = [figure(found, cell_name(one), "overlap", k=10)["value"] for one in ladder]
    assert kept[0] < kept[1] < kept[2]
    assert found.tables["cells"]["bytes_kept"].tolist() == [4, 132, 132]
    assert found.tables["cells"]["bytes_searched"].tolist() == [4, 4, 4]


def test_rescoring_with_codes_reads_no_originals(tmp_path):
    made = cell("binary", query=QueryFormat.given, rescore=5, rescore_with=RescoreWith.codes)
    found = study(tmp_path, version("fp32", anisotropic(200, 32)), ladder=[made])
    assert found.tables["cells"]["bytes_kept"].tolist() == [4]
    assert 0 < figure(found, cell_name(made), "overlap", k=10)["value"] < 1


@pytest.mark.parametrize("storage", ["float16", "bfloat16", "int8_vector_symmetric"])
def test_a_corrupted_dimension_in_one_vector_of_a_thousand_is_found_and_named(tmp_path, storage):
    reference = version("fp32", anisotropic(1000, 24))
    scope = corpus_scope(tmp_path, reference)
    made = cell(storage)
    stored = store(made, scope)
    # a bit flipped in the exponent, or the largest code
    stored.corpus.codes[417, 5] = 127 if "int8" in storage else 8.0
    found = measure(cell_search(made, scope, stored, torch.device("cpu")), Silent())
    assert found.provenance["corpus"].rows.tolist() == [417]
    assert found.provenance["corpus"].dimensions.tolist() == [5]
    assert found.lost.count(Label.unexplained) > 0
    unexplained = found.lost.labels == Label.unexplained
    queries = scope.ids[found.lost.queries[unexplained]]
    assert "item-0417" in queries


def test_a_swapped_pair_of_stored_rows_is_found(tmp_path):
    reference = version("fp32", anisotropic(400, 24))
    scope = corpus_scope(tmp_path, reference)
    made = cell("float16")
    stored = store(made, scope)
    stored.corpus.codes[[3, 250]] = stored.corpus.codes[[250, 3]].clone()
    found = measure(cell_search(made, scope, stored, torch.device("cpu")), Silent())
    assert found.provenance["corpus"].rows.tolist() == [3, 250]
    assert found.lost.count(Label.unexplained) > 0


def test_a_fault_in_the_search_itself_is_unexplained(tmp_path):
    reference = version("fp32", anisotropic(300, 24))
    scope = corpus_scope(tmp_path, reference)
    made = cell("float16")
    search = cell_search(made, scope, store(made, scope), torch.device("cpu"))
    # a buffer that was not filled: the operands of one row are not what is stored
    search.corpus.resident[77] = 0
    found = measure(search, Silent())
    assert not len(found.provenance["corpus"].rows)
    assert found.error.share_of_bound > 1


def test_overflow_is_found_before_it_harms_and_names_ids(tmp_path):
    x = anisotropic(150, 8)
    x[[4, 9]] *= 1e6
    found = study(tmp_path, version("fp32", x), ladder=[cell(), cell("float16"), cell("bfloat16")])
    row = figure(found, "float16", "overlap")
    assert np.isnan(row["value"])
    assert row["note"] == "not measured: 2 items overflow (ids item-0004, item-0009)"
    assert figure(found, "bfloat16", "overlap", k=10)["value"] > 0.9
    table = found.tables["range"].iloc[0]
    assert (table["candidate"], table["problem"], table["vectors"]) == ("float16", "overflow", 2)
    assert not found.tables["cells"].set_index("candidate").loc["float16", "measured"]


def test_vectors_that_vanish_are_harm_under_cosine_only(tmp_path):
    x = anisotropic(150, 8)
    x[4] *= 1e-9
    ladder = [cell("float16")]
    cosine = study(tmp_path, version("fp32", x), ladder=ladder)
    assert "1 items become zero (ids item-0004)" in figure(cosine, "float16", "overlap")["note"]
    product = study(tmp_path, version("fp32", x, similarity=Similarity.inner_product), ladder=ladder)
    assert figure(product, "float16", "overlap", k=10)["value"] > 0.9


def test_scores_that_overflow_are_counted(tmp_path):
    x = anisotropic(150, 8) * 1000
    reference = version("fp32", x, similarity=Similarity.inner_product)
    found = study(tmp_path, reference, ladder=[cell(kept="float16")])
    assert figure(found, "float32, float16 scores", "infinite_scores")["value"] > 0
    assert found.tables["range"]["problem"].tolist() == ["squared length beyond float16"]


def test_float16_sums_are_not_invented_on_a_cpu(tmp_path):
    found = study(tmp_path, version("fp32", anisotropic(60, 8)), ladder=[cell(arithmetic="float16_accumulate")])
    row = figure(found, "float32, float16_accumulate arithmetic", "overlap")
    assert row["note"] == "not measured: this device does not sum in float16"


def test_a_sample_is_searched_against_the_whole_corpus_and_said_to_be_one(tmp_path):
    found = study(tmp_path, version("fp32", anisotropic(300, 16)), ladder=[cell("bfloat16")], query_sample=50)
    row = figure(found, "bfloat16", "overlap", k=10)
    assert row["n"] == 50
    assert row["low"] <= row["value"] <= row["high"]
    assert any("50 of 300 items" in note for note in found.notes)
    assert found.facts["searched"] == {"corpus": 50}


def test_large_corpora_are_sampled_by_themselves():
    assert PrecisionOptions().rows(20_000, 20_000) == 20_000
    assert PrecisionOptions().rows(100_000, 100_000) == 4000
    assert PrecisionOptions().rows(10**6, 10**6) == 1000
    assert PrecisionOptions(query_sample=7).rows(10**6, 10**6) == 7


def test_judged_quality_stands_beside_what_was_lost(tmp_path):
    queries = anisotropic(20, 24, seed=1)
    best = exact_search(duplicated(), 1, queries=queries).positions[:, 0]
    judged = pd.DataFrame(
        {
            "query": [f"query-{row:03d}" for row in range(20)],
            "item": [f"item-{row:04d}" for row in best],
            "relevance": 1,
        }
    )
    reference = version("fp32", duplicated(), queries)
    ladder = [cell(), cell("binary", "codes"), cell("binary", "codes", rescore=3)]
    found = study(tmp_path, reference, ladder=ladder, qrels=Qrels(judged))
    assert figure(found, "float32", "ndcg_change", "queries", k=10)["value"] == 0
    change = figure(found, "binary", "ndcg_change", "queries", k=10)
    assert change["value"] < 0
    assert change["low"] <= change["value"] <= change["high"]
    assert figure(found, "binary, rescored x3", "rr", "queries", k=30)["n"] == 20


def test_figures_do_not_depend_on_the_order_of_rows(tmp_path):
    x = anisotropic(200, 16)
    ids = np.array([f"item-{row:04d}" for row in range(200)])
    order = np.random.default_rng(0).permutation(200)
    ladder = [cell("bfloat16", "float64", "bfloat16"), cell("int8_vector_symmetric", "float64", "float64")]
    first = study(tmp_path / "a", version("v", x), ladder=ladder)
    second = study(tmp_path / "b", version("v", x[order], ids=ids[order]), ladder=ladder)
    for one in ladder:
        for metric in ("overlap", "lost_explained"):
            k = 10
            assert (
                figure(first, cell_name(one), metric, k=k)["value"]
                == figure(second, cell_name(one), metric, k=k)["value"]
            )


def test_the_study_repeats_itself_on_this_device(clean):
    assert (clean.tables["determinism"]["same"] == 1).all()
    assert (clean.tables["speed"]["queries_per_second"] > 0).all()


def test_every_cell_has_its_bytes(clean):
    sizes = clean.tables["cells"].set_index("candidate")["bytes_searched"]
    assert sizes["float32"] == 96
    assert sizes["int4_vector_symmetric"] == 16


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"query_sample": 1}, "query_sample must be at least 2"),
        ({"repeats": 0}, "repeats and timed_queries must be at least 1"),
        ({"examples": -1}, "examples must not be negative"),
        ({"ladder": []}, "ladder is empty"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        PrecisionOptions(**options)


def test_k_must_leave_something_to_lose(tmp_path):
    with pytest.raises(InputError, match="k must be between 1 and 18"):
        study(tmp_path, version("fp32", anisotropic(20, 8)), ladder=[PrecisionCell()], k=19)


def test_judgments_need_queries(tmp_path):
    judged = Qrels(pd.DataFrame({"query": ["a"], "item": ["item-0001"], "relevance": [1]}))
    with pytest.raises(InputError, match="judgments need queries"):
        study(tmp_path, version("fp32", anisotropic(20, 8)), ladder=[PrecisionCell()], k=3, qrels=judged)


def test_a_float64_reference_stored_in_float32_is_measured(tmp_path):
    x = unit(np.random.default_rng(0).standard_normal((150, 12))).double() + 1e-9
    found = study(tmp_path, version("f64", x), ladder=[PrecisionCell(), PrecisionCell(storage=StorageFormat.float16)])
    assert figure(found, "float32", "lost_unexplained")["value"] == 0
    assert figure(found, "float32", "overlap", k=10)["value"] > 0.99
