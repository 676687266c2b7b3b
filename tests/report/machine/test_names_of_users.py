"""Whatever candidates, cohorts and rules are called, every reader can read what is written."""

import re
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from judged_run import candidate, result, verdict, write_run
from prometheus_client.parser import text_string_to_metric_families

from embdrift.gates import Cause, Outcome
from embdrift.report.machine import write_machine_files
from embdrift.results import SavedRun

# Text files cannot hold half characters; command line and reader refuse names with them.
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
HOSTILE = 'a"b\\c\nd|e<f>&amp;{g="h"}\x00\x0b\x85\u2028\ufffe`i`[j](k)]]>'


@settings(max_examples=25, deadline=None)
@given(names, names, names, names, st.sampled_from(Outcome))
@example(HOSTILE, f"{HOSTILE}1", HOSTILE, HOSTILE, Outcome.fail)
@example("new", "old", "language=\r", "overlap", Outcome.fail)
def test_every_file_can_be_read_again(name, reference, cohort, figure, outcome):
    assume(reference not in {name, f"{name}2"})  # a run refuses versions of one name
    rules = (result(outcome, figure=figure, cohort=cohort, sentence=cohort), result(Outcome.fail))
    one = candidate(name, *rules, finding=name, causes=(Cause(cohort, (figure,)),))
    found = verdict(one, replace(one, candidate=f"{name}2"), reference=reference, gate=figure)
    with TemporaryDirectory() as scratch:
        folder = write_run(Path(scratch) / "run", found, cohorts=(cohort,))
        junit, comment, metrics = (path.read_text("utf-8") for path in write_machine_files(SavedRun(folder), found))
    assert len(ET.fromstring(junit.encode("utf-8")).findall("testsuite")) == 2
    assert_table(comment)
    assert_series(metrics)


def assert_table(comment):
    """Every row of a table has five columns, and markup of the user's own begins no line."""
    rows = [line for line in comment.splitlines() if line.startswith("|")]
    assert len(rows) >= 4
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in rows} == {6}
    head, own = comment.splitlines()[:2], comment.splitlines()[4:]
    begun = ("<!-- embdrift", "### embdrift", "- **", "  - likely cause", "|", "<details>", "</details>", "2 rules not")
    assert all(line.startswith(begun) for line in [*head, *own] if line)


def assert_series(metrics):
    """Prometheus's text format holds each series once, on a line of its own."""
    samples = [one for family in text_string_to_metric_families(metrics) for one in family.samples]
    series = [(one.name, *sorted(one.labels.items())) for one in samples]
    assert len(set(series)) == len(series)
    assert len(samples) == sum(not line.startswith("#") for line in metrics.split("\n") if line)
    assert sum(one.value for one in samples if one.name == "embdrift_verdict") == 2
    assert all(one.name.startswith("embdrift_") for one in samples)
