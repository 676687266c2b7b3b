"""Gate files: presets, and one sentence for whatever is wrong with a file."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embdrift.errors import InputError
from embdrift.gates import Better, Relative, Rule, Straddling, preset_names, read_gate
from embdrift.metrics.catalog import all_metrics

GOOD = "rules:\n  - {figure: overlap, better: higher, warn: 0.9, fail: 0.8}\n"


def test_the_presets():
    assert preset_names() == ["default", "absolute", "lenient", "strict"]
    for name in preset_names():
        assert read_gate(name).name == name


def test_the_default_holds_what_it_promises():
    rules = {rule.figure: rule for rule in read_gate("default").rules if rule.cohort == ""}
    assert (rules["similarity_kl"].warn, rules["similarity_kl"].better) == (0.05, Better.lower)
    assert (rules["norm_median_change"].fail, rules["norm_median_change"].better) == (0.05, Better.target)
    assert rules["share_below_threshold"].relative_to is Relative.reference
    assert {"overlap", "ndcg_change", "ann_recall_transfer_change"} <= rules.keys()


def test_the_absolute_preset_holds_the_targets_that_operators_start_from():
    found = {rule.figure: (rule.fail, rule.relative_to) for rule in read_gate("absolute").rules}
    assert found == {
        "top1_similarity_median": (0.65, Relative.none),
        "precision": (0.7, Relative.none),
        "share_below_threshold": (0.1, Relative.none),
    }


def test_strict_is_never_wider_than_default_and_lenient_never_narrower():
    gates = [read_gate(name) for name in ("strict", "default", "lenient")]
    for narrow, wide in pairwise({(one.figure, one.cohort): one for one in gate.rules} for gate in gates):
        for key in narrow.keys() & wide.keys():
            sign = -1 if narrow[key].better is Better.higher else 1
            for limit in ("warn", "fail"):
                one, other = (getattr(rules[key], limit) for rules in (narrow, wide))
                assert one is None or other is None or sign * one <= sign * other


def test_every_setting_of_a_rule(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "rules:\n- {figure: rr, better: target, target: 0.5, warn: 1e-3, fail: 0.1, study: drift, scope: queries,\n"
        "   k: 5, cohort: 'language=*', relative_to: chance, required: true, least_n: 20, straddling: pass}\n"
    )
    (rule,) = read_gate(file).rules
    assert rule == Rule(
        figure="rr", better=Better.target, target=0.5, warn=0.001, fail=0.1, study="drift", scope="queries", k=5,
        cohort="language=*", relative_to=Relative.chance, required=True, least_n=20, straddling=Straddling.pass_,
    )  # fmt: skip


BAD = {
    "": ["is empty", "`rules:`"],
    "# only words\n": ["is empty"],
    "- figure: overlap": ["must hold `rules:`", "holds a list"],
    "rule: []": ["must hold `rules:`"],
    "rules: []": ["a list with at least one rule, got an empty list"],
    "rules: {figure: overlap}": ["must be a list"],
    "rules: [overlap]": ["rule 1 must be settings", "got a text"],
    GOOD + "name: x": ["'name'", "nothing else"],
    GOOD + "  - {figure: overlap, better: higher}": ["rule 2: overlap needs a limit"],
    GOOD + "  - {better: higher, warn: 1}": ["rule 2 lacks `figure`"],
    "rules: [{figure: overlap, warn: 1}]": ["rule 1 lacks `better`"],
    "rules: [{figure: overlap, better: higher, wran: 1}]": ["rule 1 holds 'wran'", "did you mean 'warn'?"],
    "rules: [{figure: overlap, better: higher, 7: 1}]": ["rule 1 holds 7", "they are figure, better"],
    "rules: [{figure: overlp, better: higher, warn: 1}]": ["rule 1 (overlp): `figure`", "'overlap'"],
    "rules: [{figure: [a], better: higher, warn: 1}]": ["no study measures, got ['a']"],
    "rules: [{figure: overlap, better: up, warn: 1}]": ["`better` must be one of lower, higher, target, got 'up'"],
    "rules: [{figure: overlap, better: higher, warn: low}]": ["`warn` must be a number such as 0.05, got 'low'"],
    "rules: [{figure: overlap, better: higher, warn: 5%}]": ["`warn` must be a number", "'5%'"],
    "rules: [{figure: overlap, better: higher, warn: true}]": ["`warn` must be a number", "True"],
    "rules: [{figure: overlap, better: higher, warn: .nan}]": ["`warn` must be a number", "nan"],
    "rules: [{figure: overlap, better: higher, fail: .inf}]": ["`fail` must be a number", "inf"],
    "rules: [{figure: overlap, better: higher, warn: null}]": ["`warn` must be a number", "None"],
    "rules: [{figure: overlap, better: higher, warn: 0.8, fail: 0.9}]": [
        "rule 1: overlap would warn at 0.8, below where it fails, 0.9"
    ],
    "rules: [{figure: mmd, better: lower, warn: 0.2, fail: 0.1}]": ["mmd would warn at 0.2, above where it fails, 0.1"],
    "rules: [{figure: mmd, better: target, fail: -1}]": ["distances of 0 or more"],
    "rules: [{figure: mmd, better: lower, fail: 1, target: 1}]": ["`target` is for `better: target`"],
    "rules: [{figure: overlap, better: higher, warn: 1, scope: items}]": ["one of corpus, queries, got 'items'"],
    "rules: [{figure: overlap, better: higher, warn: 1, study: x}]": ["`study` must be one of neighbor_shift"],
    "rules: [{figure: overlap, better: higher, warn: 1, k: 0}]": ["`k` must be a whole number of at least 1, got 0"],
    "rules: [{figure: overlap, better: higher, warn: 1, k: ten}]": ["`k` must be a whole number"],
    "rules: [{figure: overlap, better: higher, warn: 1, cohort: de}]": ["`cohort` must be", "got 'de'"],
    "rules: [{figure: overlap, better: higher, warn: 1, relative_to: null}]": [
        "one of none, reference, reference_ratio, chance, floor, got None"
    ],
    "rules: [{figure: overlap, better: higher, warn: 1, required: often}]": ["`required` must be true or false"],
    "rules: [{figure: overlap, better: higher, warn: 1, warn: 2}]": ["line 1: 'warn' is given twice"],
    "rules: [": ["cannot be read as YAML: line 1"],
    "rules: !!python/object/apply:os.system ['true']": ["cannot be read as YAML", "python/object"],
}


@pytest.mark.parametrize(("text", "parts"), BAD.items())
def test_a_wrong_gate_is_refused_in_one_sentence(tmp_path, text, parts):
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        read_gate(file)
    said = str(caught.value)
    assert said.startswith(str(file))
    assert "\n" not in said
    for part in parts:
        assert part in said


def test_bytes_that_are_no_text_are_refused(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_bytes(b"rules: \xff")
    with pytest.raises(InputError, match="must be UTF-8, but byte 7 is not"):
        read_gate(file)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("defualt", "got 'defualt', did you mean 'default'"),
        ("nonesuch.yaml", "nonesuch.yaml does not exist"),
        ("/", "is a folder"),
        ("", "is a folder"),
    ],
)
def test_a_gate_that_there_is_not(name, said):
    with pytest.raises(InputError, match=said):
        read_gate(name)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "overlap", "higher", "x=*", "*"]),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)
settings_of_rules = st.dictionaries(st.sampled_from([*Rule.__dataclass_fields__, "strange"]), values, max_size=6)


@given(settings_of_rules)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_file_holds_it_is_a_gate_or_one_sentence(tmp_path, given_rule):
    import yaml

    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump({"rules": [{"figure": "overlap", "better": "higher", "fail": 0.5} | given_rule]}))
    try:
        said = read_gate(file).rules[0].figure
    except InputError as error:
        said = str(error)
    assert said == "overlap" or "rule 1" in said


@pytest.mark.parametrize("metric", all_metrics(), ids=lambda metric: metric.name)
def test_rules_can_speak_of_every_metric_that_is_declared(tmp_path, metric):
    file = tmp_path / "mine.yaml"
    file.write_text(f"rules: [{{figure: {metric.name}, study: {metric.study}, better: higher, fail: 0.5}}]")
    assert read_gate(file).rules[0].figure == metric.name
