from collections.abc import Iterator

import numba
import pytest
import torch

from embdrift.cache import TableCache
from embdrift.studies import CommonOptions, NeighborShiftOptions, StudyInput
from embdrift.studies.neighbor_shift.study import neighbor_shift


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """On cases this small, threads do little but wait for each other."""
    before = numba.get_num_threads(), torch.get_num_threads()
    numba.set_num_threads(1)
    torch.set_num_threads(1)
    yield
    numba.set_num_threads(before[0])
    torch.set_num_threads(before[1])


@pytest.fixture
def study(tmp_path):
    """Runs a study with its own cache; options by name."""

    def run(reference, *candidates, again=None, items=None, qrels=None, **options):
        own = {name: options.pop(name) for name in vars(NeighborShiftOptions()) if name in options}
        given = StudyInput(reference, candidates, again, items, qrels, CommonOptions(**options))
        return neighbor_shift(given, NeighborShiftOptions(**own), cache=TableCache(tmp_path / "cache"))

    return run
