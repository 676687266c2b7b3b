"""A verdict as JUnit XML, which Jenkins, GitLab and GitHub show as test results.

Layout: <https://github.com/jenkinsci/xunit-plugin>, `junit-10.xsd`. A suite is a candidate, a case is a rule.

* fail: a failure
* inconclusive: an error. A skipped case would leave a pipeline green that `embdrift gate` ends with exit code 4.
* not measured: skipped; the rule is about a figure that this run does not have and that its gate does not require
* warn: passed, with the warning in the case's output
"""

from xml.etree import ElementTree as ET

from embdrift.gates import CandidateVerdict, Outcome, RuleResult, Verdict
from embdrift.report.machine.escaping import printable
from embdrift.report.machine.rule_names import distinct_names
from embdrift.results import Record

_ELEMENTS = {Outcome.fail: "failure", Outcome.inconclusive: "error", Outcome.not_measured: "skipped"}


def junit_xml(verdict: Verdict, record: Record) -> bytes:
    """The verdict as an XML document in UTF-8; the same bytes for the same verdict.

    Args:
        verdict: what the gate found
        record: of the run
    """
    root = ET.Element("testsuites", name=printable(f"embdrift {record.name}"))
    for place, candidate in enumerate(verdict.candidates):
        root.append(_suite(candidate, verdict, record, place))
    for counted in ("tests", "failures", "errors"):
        root.set(counted, str(sum(int(suite.attrib[counted]) for suite in root)))
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _suite(candidate: CandidateVerdict, verdict: Verdict, record: Record, place: int) -> ET.Element:
    suite = ET.Element(
        "testsuite",
        name=printable(candidate.candidate),
        id=str(place),
        package=printable(f"embdrift.{record.name}"),
        timestamp=record.created.partition("+")[0],
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in _facts(candidate, verdict, record):
        ET.SubElement(properties, "property", name=name, value=printable(value))
    cases = _cases(candidate)
    suite.extend(cases)
    ET.SubElement(suite, "system-out").text = "\n".join(map(printable, _story(candidate)))
    suite.attrib |= {
        "tests": str(len(cases)),
        "failures": _with(cases, "failure"),
        "errors": _with(cases, "error"),
        "skipped": _with(cases, "skipped"),
        "time": "0",
    }
    return suite


def _facts(candidate: CandidateVerdict, verdict: Verdict, record: Record) -> list[tuple[str, str]]:
    return [
        ("outcome", candidate.outcome.value),
        ("reference", verdict.reference),
        ("gate", verdict.gate),
        ("study", record.study),
        ("embdrift", record.version),
        ("distribution", candidate.distribution_axis.value),
        ("neighbors", candidate.neighbor_axis.value),
    ]


def _cases(candidate: CandidateVerdict) -> list[ET.Element]:
    # Readers take the part before the last dot for a package: a dot in a candidate's name is none.
    group = f"embdrift.{printable(candidate.candidate).replace('.', '_')}"
    cases = [
        _case(group, name, result.outcome, result.sentence)
        for name, result in zip(distinct_names(candidate.rules), candidate.rules, strict=True)
    ]
    if not _carried(candidate.outcome, candidate.rules):
        cases.append(_case(group, "verdict", candidate.outcome, candidate.finding))
    return cases


def _carried(outcome: Outcome, rules: tuple[RuleResult, ...]) -> bool:
    """Whether some rule shows the candidate's outcome; a suite of no cases is itself an error to many readers."""
    return any(rule.outcome is outcome for rule in rules)


def _case(group: str, name: str, outcome: Outcome, sentence: str) -> ET.Element:
    case = ET.Element("testcase", classname=group, name=printable(name), time="0")
    said = printable(sentence)
    if outcome in _ELEMENTS:
        kind = _ELEMENTS[outcome]
        shown = ET.SubElement(case, kind, message=said)
        if kind != "skipped":
            shown.set("type", outcome.value)
            shown.text = said
    else:
        ET.SubElement(case, "system-out").text = f"warning: {said}" if outcome is Outcome.warn else said
    return case


def _story(candidate: CandidateVerdict) -> list[str]:
    causes = [f"likely cause: {cause.name}: {'; '.join(cause.evidence)}" for cause in candidate.causes]
    return [f"{candidate.outcome.value}: {candidate.finding}", *causes]


def _with(cases: list[ET.Element], kind: str) -> str:
    return str(sum(case.find(kind) is not None for case in cases))
