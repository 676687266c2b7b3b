"""A real Prometheus server and a real node exporter read what a run wrote."""

import pytest
import yaml
from dashboard import expressions
from judged_run import candidate, every_outcome, result, verdict, write_run
from prometheus_tools import MONITORING, eventually, monitored

from embdrift.cli.main import main
from embdrift.gates import Outcome
from embdrift.report.machine import write_machine_files
from embdrift.results import SavedRun

# The fixture's run is judged as failed, has neighbours that moved alone, lower quality, and is some months old.
FIRING = {"EmbdriftFailed", "EmbdriftMisassigned", "EmbdriftCohortFailed", "EmbdriftQualityLower", "EmbdriftStale"}


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "textfile").mkdir()
    return folder


@pytest.fixture(scope="module")
def prometheus(scratch):
    """Asks a server that watches the folder `textfile` with embdrift's alerts, which fire at once."""
    rules = yaml.safe_load((MONITORING / "alerts.yaml").read_text("utf-8"))
    for group in rules["groups"]:
        for rule in group["rules"]:
            rule["for"] = "0s"
    (scratch / "alerts.yaml").write_text(yaml.safe_dump(rules), "utf-8")
    with monitored(scratch / "textfile", scratch / "alerts.yaml", scratch) as ask:
        yield ask


def publish(scratch, name, found, run="nightly"):
    """Judge a run and hand it over as a pipeline would."""
    folder = write_run(scratch / name, found, run=run)
    write_machine_files(SavedRun(folder), found)
    assert main(["monitoring", "--run", str(folder), "--textfile", str(scratch / "textfile")]) == 0


def firing(ask):
    return {alert["labels"]["alertname"] for alert in ask("alerts")["alerts"] if alert["state"] == "firing"}


def test_alerts_fire_from_the_text_file_panels_fill_and_a_better_run_clears_the_alert(scratch, prometheus):
    publish(scratch, "first", every_outcome())
    publish(scratch, "another", verdict(candidate("new.v2", result(Outcome.pass_))), run="weekly")
    assert eventually(lambda: firing(prometheus), FIRING) == FIRING, (scratch / "prometheus.log").read_text("utf-8")
    (failed,) = (
        one["labels"] for one in prometheus("alerts")["alerts"] if one["labels"]["alertname"] == "EmbdriftFailed"
    )
    assert (failed["candidate"], failed["run"], failed["severity"]) == ("new.v2", "nightly", "critical")
    assert len(prometheus("query", query='embdrift_verdict{candidate="new.v2"} == 1')["result"]) == 2
    for title, expression in expressions():
        assert prometheus("query", query=expression)["result"], title
    publish(scratch, "second", verdict(candidate("new.v2", result(Outcome.pass_, value=1.0))))
    still = {"EmbdriftQualityLower", "EmbdriftStale"}
    assert eventually(lambda: firing(prometheus), still) == still
