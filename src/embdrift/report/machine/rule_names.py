"""What a rule's result is called in lists that hold many."""

from collections.abc import Iterator, Sequence

from embdrift.gates import RuleResult


def rule_name(result: RuleResult) -> str:
    """Figure, number of neighbours, scope, index and cohort: "overlap@10 corpus [language=sv]"."""
    k = result.rule.k if result.k is None else result.k
    parts = [result.rule.figure + ("" if k is None else f"@{k}"), result.scope or result.rule.scope or "", result.index]
    cohort = result.cohort or result.rule.cohort
    return " ".join([*filter(None, parts), *([f"[{cohort}]"] if cohort else [])])


def distinct_names(results: Sequence[RuleResult]) -> Iterator[str]:
    """A name for each result; a second one of the same name is numbered, since readers of lists merge equal names."""
    used: set[str] = set()
    for result in results:
        name, again = rule_name(result), 1
        shown = name
        while shown in used:
            again += 1
            shown = f"{name} #{again}"
        used.add(shown)
        yield shown
