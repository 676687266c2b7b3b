"""A run in Prometheus's text format."""

import json
import math

import pytest
from judged_run import candidate, every_outcome, result, verdict, write_run
from prometheus_client.parser import text_string_to_metric_families

from embdrift.errors import InputError
from embdrift.gates import Outcome
from embdrift.report.machine.prometheus import prometheus_text
from embdrift.report.machine.prometheus.names import figure_name
from embdrift.report.machine.prometheus.series import Rank, Series, within_limit
from embdrift.results import SavedRun


def samples_of(folder, found, **more):
    """(name, labels) -> value."""
    text = prometheus_text(SavedRun(folder), found, **more).decode("utf-8")
    found = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    samples = {(one.name, frozenset(one.labels.items())): one.value for one in found}
    assert len(samples) == len(found)
    return samples


def named(samples, name, **labels):
    """The values of a metric whose labels hold these."""
    wanted = set(labels.items())
    return [value for (own, given), value in samples.items() if own == name and wanted <= given]


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    found = every_outcome()
    return samples_of(write_run(tmp_path_factory.mktemp("prometheus") / "run", found), found)


def test_a_verdict_is_one_for_its_outcome_and_zero_for_the_others(samples):
    outcomes = {name: named(samples, "embdrift_verdict", candidate="new.v2", outcome=name) for name in ("fail", "pass")}
    assert outcomes == {"fail": [1.0], "pass": [0.0]}
    assert sum(named(samples, "embdrift_verdict", candidate="same")) == 1.0


def test_both_axes_say_whether_anything_moved(samples):
    about = {"candidate": "new.v2", "reference": "old", "run": "nightly"}
    assert named(samples, "embdrift_axis", axis="neighbors", state="moved", **about) == [1.0]
    assert named(samples, "embdrift_axis", axis="distribution", state="unmoved", **about) == [1.0]
    assert sum(named(samples, "embdrift_axis", **about)) == 2.0


def test_a_rule_bears_its_outcome_its_value_and_its_limit(samples):
    about = {"figure": "overlap", "scope": "corpus", "cohort": "language=sv", "k": "10", "candidate": "new.v2"}
    assert named(samples, "embdrift_rule_outcome", outcome="fail", **about) == [1.0]
    assert named(samples, "embdrift_rule_value", **about) == [0.2]
    assert named(samples, "embdrift_rule_limit", **about) == [0.8]


def test_a_rule_that_was_not_measured_has_no_series(samples):
    assert named(samples, "embdrift_rule_outcome", figure="ann_recall") == []
    assert len(named(samples, "embdrift_rule_outcome", candidate="new.v2")) == 5


def test_a_figure_is_a_gauge_with_its_interval_its_chance_level_and_its_floor(samples):
    about = {"candidate": "same", "scope": "corpus", "k": "10", "reference": "old", "study": "neighbor_shift"}
    assert sorted(named(samples, "embdrift_overlap", **about)) == [0.2, 0.4]
    assert named(samples, "embdrift_overlap_low", cohort="language=sv", **about) == [0.1]
    assert named(samples, "embdrift_overlap_chance", **about) == [0.01]
    assert named(samples, "embdrift_overlap_floor", **about) == [0.99]


def test_an_undefined_figure_is_counted_and_has_no_series(samples):
    assert named(samples, "embdrift_domain_auc_p") == []
    assert named(samples, "embdrift_undefined_figures") == [2.0]


def test_days_are_told_in_seconds_as_prometheus_counts(samples):
    assert set(named(samples, "embdrift_index_age_median_seconds")) == {0.25 * 86_400}


def test_the_run_is_one_info_metric_and_a_time(samples):
    assert named(samples, "embdrift_run_info", folder="run", commit="0123abc", gate="default", study="drift") == [1.0]
    assert named(samples, "embdrift_run_timestamp_seconds", run="nightly") == [1769860800.0]


def test_a_histogram_counts_up_to_all_values(samples):
    about = {"candidate": "old", "scope": "corpus"}
    buckets = {le: named(samples, "embdrift_top1_similarity_bucket", le=le, **about) for le in ("0.5", "0.9", "+Inf")}
    assert buckets == {"0.5": [1.0], "0.9": [2.0], "+Inf": [3.0]}
    assert named(samples, "embdrift_top1_similarity_count", **about) == [3.0]
    assert named(samples, "embdrift_top1_similarity_sum", **about) == [3.0]
    assert named(samples, "embdrift_norm_ratio_count", candidate="new.v2", scope="queries") == [3.0]


def test_a_run_without_histograms_has_none(tmp_path):
    found = every_outcome()
    folder = write_run(tmp_path / "run", found)
    (folder / "tables" / "histograms.csv").unlink()
    samples = samples_of(folder, found)
    assert named(samples, "embdrift_norm_ratio_count") == []
    assert named(samples, "embdrift_overlap", k="1", scope="corpus", candidate="same") == [0.4]


def test_beyond_the_cap_cohorts_go_first_and_are_counted(tmp_path):
    found = every_outcome()
    folder = write_run(tmp_path / "run", found, cohorts=[f"language={place}" for place in range(50)])
    whole = samples_of(folder, found)
    without = {key: value for key, value in whole.items() if "cohort" not in dict(key[1])}
    capped = samples_of(folder, found, limit=len(without) - 3)
    assert capped.keys() == without.keys()
    assert named(capped, "embdrift_dropped_series", reason="cohort") == [len(whole) - len(without)]
    assert named(capped, "embdrift_dropped_series", reason="other") == [0.0]
    assert named(whole, "embdrift_dropped_series", reason="cohort") == [0.0]


def test_the_verdict_is_written_whatever_the_cap(tmp_path):
    found = every_outcome()
    samples = samples_of(write_run(tmp_path / "run", found), found, limit=0)
    assert named(samples, "embdrift_verdict", candidate="new.v2", outcome="fail") == [1.0]
    assert named(samples, "embdrift_overlap") == named(samples, "embdrift_rule_outcome") == []
    assert named(samples, "embdrift_dropped_series", reason="other")[0] > 50


def test_a_cohort_that_fails_is_kept_before_those_that_pass(tmp_path):
    passing = [result(Outcome.pass_, cohort=f"language={place}") for place in range(20)]
    found = verdict(candidate("new", *passing, result(Outcome.fail, cohort="language=sv")))
    folder = write_run(tmp_path / "run", found, cohorts=())
    whole = samples_of(folder, found)
    capped = samples_of(folder, found, limit=sum("cohort" not in dict(labels) for _, labels in whole))
    assert named(capped, "embdrift_rule_outcome", cohort="language=sv", outcome="fail") == [1.0]
    assert named(capped, "embdrift_rule_outcome", outcome="pass") == []
    assert named(capped, "embdrift_dropped_series", reason="cohort") == [60.0]


def test_a_summary_that_is_no_table_is_told(tmp_path):
    found = every_outcome()
    folder = write_run(tmp_path / "run", found)
    (folder / "summary.csv").write_text("\n", "utf-8")
    with pytest.raises(InputError, match="cannot be read as the summary of a run"):
        samples_of(folder, found)


def test_nothing_is_kept_that_ranks_behind_something_left_out():
    def one(name, rank):
        return Series(name, (("a", name),), 1.0, rank)

    found = [
        one("late", Rank.cohort_figure),
        one("rule", Rank.rule),
        one("figure", Rank.figure),
        one("v", Rank.verdict),
    ]
    kept = within_limit(found, 2)
    assert [series.name for series in kept.series] == ["v", "rule"]
    assert kept.dropped == {"cohort": 1, "other": 1, "duplicate": 0}


def test_two_rules_on_one_figure_are_two_series(tmp_path):
    twice = verdict(candidate("new", result(Outcome.fail, value=0.1), result(Outcome.fail, value=0.2)))
    samples = samples_of(write_run(tmp_path / "run", twice), twice)
    assert named(samples, "embdrift_rule_value", rule="overlap@10 corpus") == [0.1]
    assert named(samples, "embdrift_rule_value", rule="overlap@10 corpus #2") == [0.2]
    assert named(samples, "embdrift_dropped_series", reason="duplicate") == [0.0]


def test_of_two_series_with_the_same_labels_the_first_is_kept():
    found = [
        Series("a", (("b", "c"), ("d", "e")), 1.0, Rank.figure),
        Series("a", (("d", "e"), ("b", "c")), 2.0, Rank.figure),
    ]
    kept = within_limit(found, 10)
    assert [series.value for series in kept.series] == [1.0]
    assert kept.dropped == {"cohort": 0, "other": 0, "duplicate": 1}


def test_an_index_tells_the_figures_of_a_run_apart(tmp_path):
    found = verdict(candidate("new"))
    folder = write_run(tmp_path / "run", found)
    header = "study,scope,reference,candidate,index,search,cohort,metric,k,value,low,high,n,chance,floor,note\n"
    row = "ann_recall,corpus,old,new,{},nprobe=4,,ann_recall,10,{},,,100,,,\n"
    (folder / "summary.csv").write_text(header + row.format("ivf", 0.9) + row.format("hnsw", 0.95), "utf-8")
    samples = samples_of(folder, found)
    assert named(samples, "embdrift_ann_recall", index="ivf", search="nprobe=4") == [0.9]
    assert named(samples, "embdrift_ann_recall", index="hnsw") == [0.95]


def test_the_text_is_the_same_each_time(tmp_path):
    found = every_outcome()
    folder = write_run(tmp_path / "run", found)
    assert prometheus_text(SavedRun(folder), found) == prometheus_text(SavedRun(folder), found)


def test_a_time_that_is_none_is_told(tmp_path):
    found = every_outcome()
    folder = write_run(tmp_path / "run", found)
    record = json.loads((folder / "record.json").read_text("utf-8")) | {"created": "yesterday"}
    (folder / "record.json").write_text(json.dumps(record), "utf-8")
    with pytest.raises(InputError, match="'yesterday', which is no time; run again"):
        samples_of(folder, found)


@pytest.mark.parametrize(
    ("metric", "name"),
    [("overlap", "embdrift_overlap"), ("verdict", "embdrift_figure_verdict"), ("p@10", "embdrift_p_10")],
)
def test_a_figure_never_takes_the_name_of_another_metric(metric, name):
    assert figure_name(metric) == (name, 1.0)


def test_an_infinite_figure_has_no_series(tmp_path):
    found = verdict(candidate("new", result(Outcome.pass_, value=math.inf)))
    samples = samples_of(write_run(tmp_path / "run", found), found)
    assert named(samples, "embdrift_rule_value") == []
