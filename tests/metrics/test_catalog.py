"""The catalog: one declaration per metric, and what follows from it."""

import subprocess
import sys
from pathlib import Path

import pytest

from embdrift.errors import InputError
from embdrift.metrics.catalog import (
    Direction,
    IntervalKind,
    Metric,
    Role,
    Topic,
    all_metrics,
    headline_metrics,
    list_metrics,
    metric_named,
    nearest_metrics,
    register,
)
from embdrift.metrics.catalog.markdown import with_blocks

README = Path(__file__).parents[2] / "results" / "README.md"


def test_every_metric_has_a_name_of_its_own_a_label_and_a_formula():
    assert len({metric.name for metric in all_metrics()}) == len(all_metrics())
    assert all(metric.label and metric.formula.endswith(".") for metric in all_metrics())


def test_labels_carry_k_where_there_is_one():
    assert metric_named("overlap").label_at(10) == "Overlap@10"
    assert metric_named("overlap").label_at(None) == "Overlap"
    assert metric_named("tie_exposure").label_at(None) == "Ties across rank k"


def test_a_paired_change_and_its_tests_follow_from_their_metric():
    change, p, corrected = (metric_named(f"ndcg{role.value}") for role in (Role.change, Role.p_value, Role.p_holm))
    assert change.label_at(10) == "nDCG@10, change"
    assert change.topic is Topic.judgments
    assert change.bounds == (-1.0, 1.0)
    assert {each.base for each in (change, p, corrected)} == {"ndcg"}
    assert (p.label_at(10), corrected.label_at(10)) == ("nDCG@10, p", "nDCG@10, p after Holm")
    assert [each.row_name(Role.change) for each in (metric_named("ndcg"), p)] == ["ndcg_change", "ndcg_change"]


def test_a_name_that_only_looks_like_a_change_is_a_metric_of_its_own():
    for name in ("hubness_change", "norm_median_change"):
        assert metric_named(name).role is Role.value


def test_a_metric_of_a_later_version_is_shown_under_its_own_name():
    text = metric_named("new_{metric}")
    assert text.label_at(3) == "new metric"
    assert text.better is Direction.neither


def test_names_must_be_distinct_and_plain():
    with pytest.raises(InputError, match="'overlap' a second time"):
        register(metric_named("overlap"))
    with pytest.raises(InputError, match="letters, digits and underscores, got 'my metric'"):
        Metric("my metric", "Mine", "Mine.", "neighbor_shift", Topic.neighbors)
    with pytest.raises(InputError, match="mine is kept per query"):
        Metric("mine", "Mine", "Mine.", "neighbor_shift", Topic.neighbors, column=True)


def test_intervals_that_stop_at_bounds_have_bounds_on_both_sides():
    kept = [metric for metric in all_metrics() if metric.interval is IntervalKind.share]
    assert kept
    assert all(None not in metric.bounds for metric in kept)


def test_metrics_come_in_the_order_of_their_rows_and_columns():
    names = [metric.name for metric in list_metrics()]
    assert names == [
        "overlap", "jaccard", "r_nx_area", "rbo", "top1_flip", "rank_displacement", "lost_beyond_depth", "tie_exposure",
    ]  # fmt: skip
    assert [metric.name for metric in headline_metrics()][:3] == ["noise_equivalent_overlap", "top1_flip", "rbo"]


def test_a_misspelled_name_gets_the_nearest():
    assert "'overlap'" in nearest_metrics("overlp")
    assert nearest_metrics("zzzz") == ""


def test_the_catalog_is_read_without_torch_numba_or_pandas():
    """Help and gates read it, and neither should wait for libraries that they do not need."""
    check = (
        "import sys, embdrift.metrics.catalog; print(sorted({'torch', 'numba', 'numpy', 'pandas'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_tables_in_the_description_of_results_are_current():
    """`python -m embdrift.metrics.catalog` writes them."""
    text = README.read_text("utf-8")
    assert with_blocks(text) == text


def test_a_text_without_the_blocks_is_refused():
    with pytest.raises(InputError, match="must hold a block <!-- catalog: metrics -->"):
        with_blocks("# Results\n")
