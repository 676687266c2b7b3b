"""The Grafana dashboard: its rows, its variables, and that it asks for nothing that embdrift does not write."""

import json
import re

import pytest
import yaml
from dashboard import dashboard, expressions, metric_names, panels
from prometheus_tools import MONITORING, promtool

from embdrift.api import running
from embdrift.data.synthetic import clustered, jittered
from embdrift.gates import write_verdict
from embdrift.report.machine import write_machine_files
from embdrift.results import SavedRun
from embdrift.studies import DriftOptions


def judged_alone(run, gate):
    write_machine_files(run, write_verdict(run, gate))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Names of the metrics that a judged drift run with queries, judgements and cohorts writes."""
    folder = tmp_path_factory.mktemp("drift")
    old = clustered(300, 8, seed=1)
    new = jittered(old, 0.9, 2)
    (folder / "items.csv").write_text("id,kind\n" + "".join(f"{row},{row % 2}\n" for row in range(300)), "utf-8")
    (folder / "qrels.txt").write_text("".join(f"{row}\t0\t{row}\t1\n" for row in range(40)), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        # reports and their plots are not looked at here
        patch.setattr(running, "judge_run", lambda folder, gate: judged_alone(SavedRun(folder), gate))
        running.run(
            old, {"new": new}, reference_queries=old[:40], candidate_queries={"new": new[:40]},
            items=folder / "items.csv", qrels=folder / "qrels.txt", out=folder / "run",
            options=DriftOptions(permutations=19), gate="default",
        )  # fmt: skip
    text = (folder / "run" / "metrics.prom").read_text("utf-8")
    return {re.match(r"\w+", line)[0] for line in text.splitlines() if not line.startswith("#")}


def test_it_has_a_row_for_those_who_decide_one_for_those_on_call_and_one_for_those_who_dig():
    assert [panel["title"] for panel in dashboard()["panels"] if panel["type"] == "row"] == [
        "Executive", "On-call", "Debug",
    ]  # fmt: skip


def test_its_source_of_data_is_a_variable():
    sources = [target["datasource"] for panel in panels() for target in panel["targets"]]
    sources += [panel["datasource"] for panel in panels()]
    assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in sources)


def test_every_variable_that_is_used_is_declared_and_every_one_declared_is_used():
    declared = {variable["name"] for variable in dashboard()["templating"]["list"]}
    assert {"datasource", "reference", "candidate", "cohort"} <= declared
    text = json.dumps(dashboard())
    assert set(re.findall(r"\$\{?(\w+)\}?", text)) - {"__all"} == declared


def test_panels_lie_beside_each_other_and_never_on_each_other():
    taken = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken
        taken |= cells
    identifiers = [panel["id"] for panel in dashboard()["panels"]]
    assert len(set(identifiers)) == len(identifiers)


def test_every_panel_says_what_it_shows():
    assert all(panel["title"] and panel["description"] for panel in panels())


def test_prometheus_can_read_every_expression(tmp_path):
    rules = [{"record": f"panel_{place}", "expr": expr} for place, (_, expr) in enumerate(expressions())]
    path = tmp_path / "expressions.yaml"
    path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}), "utf-8")
    assert f"SUCCESS: {len(rules)} rules found" in promtool("check", "rules", path)


def test_panels_and_alerts_ask_for_metrics_that_a_judged_run_writes(written):
    rules = yaml.safe_load((MONITORING / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
    asked = [*expressions(), *((rule["alert"], rule["expr"]) for rule in rules)]
    unknown = {title: metric_names(expression) - written for title, expression in asked}
    assert {title: names for title, names in unknown.items() if names} == {}
    assert {f"embdrift_{name}_change_high" for name in ("ndcg", "rr", "recall", "precision")} <= written


def test_every_panel_and_alert_asks_about_embdrift_or_what_watches_it():
    others = re.compile(r"\bALERTS\b|\bnode_textfile_scrape_error\b|__name__=~\"embdrift_")
    rules = yaml.safe_load((MONITORING / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
    for expression in [*(expr for _, expr in expressions()), *(rule["expr"] for rule in rules)]:
        assert metric_names(expression) or others.search(expression), expression
