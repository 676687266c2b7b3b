"""What a study would take."""

from shift_cases import version

from embdrift.data.synthetic import clustered
from embdrift.studies import CommonOptions, StudyInput
from embdrift.studies.engine.estimate import Estimate, Step, estimate
from embdrift.types import Similarity


def test_an_estimate_lists_every_table_of_every_version():
    vectors, queries = clustered(200, 8, seed=1), clustered(30, 8, seed=2)
    given = StudyInput(
        version(vectors, queries=queries),
        (version(vectors, "new", queries=queries),),
        common=CommonOptions(device="cpu"),
    )
    found = estimate(given, query_sample=50)
    items = next(step for step in found.steps if step.label == "old, items")
    assert (items.queries, items.n, items.d, items.depth) == (50, 200, 8, 100)
    assert {step.label for step in found.steps} >= {"old, queries", "new, items", "new, queries"}
    assert found.disk_bytes == sum(step.disk_bytes for step in found.steps)
    assert found.seconds > 0
    assert not items.itself
    assert all(step.itself == (step.label.endswith("items")) for step in estimate(given).steps)


def test_an_estimate_can_be_read():
    step = Step("old, items", 200_000, 200_000, 384, 300, Similarity.cosine)
    text = Estimate((step,), 7200.0, 3 * 2**30, step.disk_bytes, "cpu").text()
    assert "old, items: 200,000 x 200,000 x 384, 300 deep" in text
    assert "about 2.0 h, 3.0 GiB of memory and 687 MiB of disk" in text
