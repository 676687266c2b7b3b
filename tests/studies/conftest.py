import pytest

from embdrift.cache import TableCache
from embdrift.studies import ShiftInput, ShiftOptions, neighbor_shift


@pytest.fixture
def study(tmp_path):
    """Runs a study with its own cache; options by name."""

    def run(reference, *candidates, again=None, items=None, qrels=None, **options):
        given = ShiftInput(reference, candidates, again, items, qrels, ShiftOptions(**options))
        return neighbor_shift(given, cache=TableCache(tmp_path / "cache"))

    return run
