"""A verdict as JUnit XML."""

from xml.etree import ElementTree as ET

import pytest
from judged_run import CREATED, candidate, every_outcome, result, verdict, write_run

from embdrift.gates import Axis, CandidateVerdict, Outcome
from embdrift.report.machine.junit import junit_xml
from embdrift.results import read_record

# Element -> attributes that it must have, attributes that it may have, and elements that may be in it: the layout that
# Jenkins validates (xunit-plugin, junit-10.xsd), without what embdrift has no use for.
LAYOUT = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"time", "skipped", "timestamp", "hostname", "id", "package"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": ({"name"}, {"classname", "time"}, {"skipped", "error", "failure", "system-out", "system-err"}),
    "skipped": (set(), {"message", "type"}, set()),
    "failure": (set(), {"message", "type"}, set()),
    "error": (set(), {"message", "type"}, set()),
    "system-out": (set(), set(), set()),
}


@pytest.fixture
def parsed(tmp_path):
    def parse(found):
        record = read_record(write_run(tmp_path / "run", found) / "record.json")
        return ET.fromstring(junit_xml(found, record))

    return parse


def breaches(element):
    """What of the layout an element and those in it break, in words."""
    must, may, inside = LAYOUT[element.tag]
    given = set(element.attrib)
    found = [f"{element.tag} lacks {name}" for name in must - given]
    found += [f"{element.tag} has {name}" for name in given - must - may]
    found += [f"{child.tag} in {element.tag}" for child in element if child.tag not in inside]
    return found + [breach for child in element for breach in breaches(child)]


def case_of(root, name):
    (case,) = root.iterfind(f".//testcase[@name='{name}']")
    return case


def test_the_document_has_the_layout_that_jenkins_validates(parsed):
    assert breaches(parsed(every_outcome())) == []


def test_the_check_of_the_layout_notices_what_does_not_belong():
    root = ET.fromstring('<testsuites><testsuite name="a" tests="0" errors="0"><case/></testsuite></testsuites>')
    LAYOUT["case"] = (set(), set(), set())
    assert breaches(root) == ["testsuite lacks failures", "case in testsuite"]


def test_a_candidate_is_a_suite_and_a_rule_is_a_case(parsed):
    root = parsed(every_outcome())
    assert [(suite.get("name"), suite.get("tests")) for suite in root] == [("same", "1"), ("new.v2", "6")]
    assert {case.get("classname") for case in root[1].iter("testcase")} == {"embdrift.new_v2"}
    assert root[1].get("timestamp") == CREATED.removesuffix("+00:00")


def test_what_is_counted_is_what_is_there(parsed):
    root = parsed(every_outcome())
    for suite in root:
        assert int(suite.get("tests")) == len(suite.findall("testcase"))
        for attribute, element in {"failures": "failure", "errors": "error", "skipped": "skipped"}.items():
            assert int(suite.get(attribute)) == len(suite.findall(f"testcase/{element}"))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("7", "2", "1")


def test_a_failed_rule_is_a_failure_with_figure_and_limit(parsed):
    failure = case_of(parsed(every_outcome()), "overlap@10 corpus [language=sv]").find("failure")
    assert "0.2" in failure.get("message")
    assert "0.8" in failure.get("message")
    assert failure.text == failure.get("message")


def test_an_inconclusive_rule_is_an_error_so_that_no_pipeline_stays_green(parsed):
    error = case_of(parsed(every_outcome()), "ndcg_change@10 queries").find("error")
    assert error.get("type") == "inconclusive"


def test_a_figure_that_was_not_measured_is_skipped(parsed):
    assert case_of(parsed(every_outcome()), "ann_recall@10 corpus").find("skipped") is not None


def test_a_warning_passes_and_is_told_in_the_output(parsed):
    case = case_of(parsed(every_outcome()), "similarity_kl corpus")
    assert [child.tag for child in case] == ["system-out"]
    assert case.find("system-out").text.startswith("warning: similarity_kl is 0.07")


def test_the_finding_and_its_causes_are_the_output_of_the_suite(parsed):
    output = parsed(every_outcome())[1].find("system-out").text
    assert output.splitlines()[0].startswith("fail: distribution unmoved, neighbours scrambled")
    assert "likely cause: identifiers mixed up: self-displacement is 0.98; lengths are the same" in output


def test_an_outcome_that_no_rule_shows_is_a_case_of_its_own(parsed):
    silent = CandidateVerdict("new", Outcome.inconclusive, "nothing was measured", Axis.unknown, Axis.unknown)
    root = parsed(verdict(silent))
    assert case_of(root, "verdict").find("error").get("message") == "nothing was measured"
    assert root.get("errors") == "1"


def test_two_rules_of_one_name_stay_two_cases(parsed):
    root = parsed(verdict(candidate("new", result(Outcome.pass_), result(Outcome.fail))))
    assert [case.get("name") for case in root.iter("testcase")] == ["overlap@10 corpus", "overlap@10 corpus #2"]


def test_control_characters_are_escaped_since_xml_has_none(parsed):
    named = candidate("a\x00b\x1f", result(Outcome.fail, sentence="bell \x07, \ud800 and \ufffe"))
    root = parsed(verdict(named))
    assert root[0].get("name") == r"a\x00b\x1f"
    assert root.find(".//failure").text == r"bell \x07, \ud800 and \ufffe"
