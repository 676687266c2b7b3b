from embdrift.report.metric_texts.text import Better, Topic
from embdrift.report.metrics_catalog import METRICS, metric_text


def test_every_metric_has_a_name_of_its_own_a_label_and_a_formula():
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    assert all(metric.label and metric.formula.endswith(".") for metric in METRICS)


def test_labels_carry_k_where_there_is_one():
    assert metric_text("overlap").label_at(10) == "Overlap@10"
    assert metric_text("overlap").label_at(None) == "Overlap"
    assert metric_text("tie_exposure").label_at(None) == "Ties across rank k"


def test_a_paired_change_takes_its_words_from_its_metric():
    change = metric_text("ndcg_change")
    assert change.label_at(10) == "nDCG@10, change"
    assert change.topic is Topic.judgements
    assert change.limits == (-1.0, 1.0)


def test_a_metric_of_a_later_version_is_shown_under_its_own_name():
    text = metric_text("new_{metric}")
    assert text.label_at(3) == "new (metric)"
    assert text.better is Better.neither


def test_shares_are_worded_in_per_cent_and_other_figures_as_numbers():
    assert metric_text("overlap").worded(0.5).startswith("50.0")
    assert metric_text("rbo").worded(0.5) == "0.5000"
