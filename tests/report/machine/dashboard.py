"""The panels of the dashboard, and their expressions as Prometheus gets them."""

import json
import re

from prometheus_tools import MONITORING

# What each variable could be; a regular expression that everything matches where many can be chosen.
VARIABLES = {"reference": "old"}
METRIC = re.compile(r"\bembdrift_\w+")


def dashboard():
    return json.loads((MONITORING / "dashboard.json").read_text("utf-8"))


def panels():
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def expressions(**variables):
    """(title of the panel, expression), variables filled in."""
    values = {**VARIABLES, **variables}
    return [
        (panel["title"], re.sub(r"\$(\w+)", lambda one: values.get(one[1], ".+" if one[1] != "cohort" else ".*"), expr))
        for panel in panels()
        for expr in (target["expr"] for target in panel["targets"])
    ]


def metric_names(expression):
    """The metrics that an expression names, not those that it matches by a pattern."""
    return set(METRIC.findall(re.sub(r'"[^"]*"', '""', expression)))
