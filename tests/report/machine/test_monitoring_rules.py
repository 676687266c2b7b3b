"""The alert rules, as promtool reads them."""

from dataclasses import replace

import pytest
import yaml
from judged_run import every_outcome, verdict, write_run
from prometheus_tools import MONITORING, promtool, tool

from embdrift.report.machine import write_machine_files
from embdrift.results import SavedRun


def alerts():
    rules = yaml.safe_load((MONITORING / "alerts.yaml").read_text("utf-8"))
    return {rule["alert"]: rule for group in rules["groups"] for rule in group["rules"]}


def expected_alerts():
    """(alert, number of alerts expected) of every unit test."""
    tests = yaml.safe_load((MONITORING / "alerts_test.yaml").read_text("utf-8"))["tests"]
    return [(one["alertname"], len(one["exp_alerts"])) for test in tests for one in test["alert_rule_test"]]


def test_promtool_accepts_the_rules():
    assert f"SUCCESS: {len(alerts())} rules found" in promtool("check", "rules", MONITORING / "alerts.yaml")


def test_the_unit_tests_of_the_rules_pass():
    assert "SUCCESS" in promtool("test", "rules", MONITORING / "alerts_test.yaml")


def test_the_unit_tests_notice_an_alert_that_fires_too_late(tmp_path):
    rules = (MONITORING / "alerts.yaml").read_text("utf-8")
    tests = yaml.safe_load((MONITORING / "alerts_test.yaml").read_text("utf-8"))
    (tmp_path / "alerts.yaml").write_text(rules.replace("for: 5m", "for: 9m"), "utf-8")
    (tmp_path / "alerts_test.yaml").write_text(yaml.safe_dump(tests | {"tests": tests["tests"][:1]}), "utf-8")
    with pytest.raises(AssertionError, match="EmbdriftFailed"):
        promtool("test", "rules", tmp_path / "alerts_test.yaml")


@pytest.mark.parametrize("alert", alerts())
def test_every_alert_has_a_unit_test_in_which_it_fires(alert):
    assert any(name == alert and count for name, count in expected_alerts())


@pytest.mark.parametrize("rule", alerts().values(), ids=alerts())
def test_every_alert_says_how_urgent_it_is_what_happened_and_what_to_do(rule):
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert set(rule["annotations"]) == {"summary", "description"}
    assert "for" in rule


@pytest.mark.parametrize("name", ["new", 'a"b\\c\nd|e{g="h"}\x00\x0b\x85\u2028é\ufffe'])
def test_promtool_finds_nothing_wrong_with_the_metrics_whatever_a_candidate_is_called(tmp_path, name):
    found = verdict(replace(every_outcome().candidates[1], candidate=name))
    folder = write_run(tmp_path / "run", found, cohorts=[name])
    write_machine_files(SavedRun(folder), found)
    assert promtool("check", "metrics", input=(folder / "metrics.prom").read_text("utf-8")) == ""


def test_a_missing_program_fails_where_it_must_run_and_is_skipped_elsewhere(monkeypatch):
    monkeypatch.setenv("EMBDRIFT_NEEDS_PROMETHEUS", "1")
    with pytest.raises(pytest.fail.Exception, match="nonesuch is not installed: on Debian, apt install prometheus"):
        tool("nonesuch")
    monkeypatch.delenv("EMBDRIFT_NEEDS_PROMETHEUS")
    with pytest.raises(pytest.skip.Exception, match="nonesuch is not installed"):
        tool("nonesuch")
