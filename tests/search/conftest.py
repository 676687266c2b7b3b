import os

import pytest

# torch and numba each bring an OpenMP that spins after every loop: small searches would take a hundred times longer.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


@pytest.fixture(scope="module", params=["float32", "bfloat16", "int8"])
def screen(request):
    """Every search of the module that leaves the choice open screens with each in turn."""
    import embdrift.search.cpu.entry

    chosen = embdrift.search.cpu.entry.coarse_formats
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            embdrift.search.cpu.entry,
            "coarse_formats",
            lambda task, start, screen: chosen(task, start, request.param if screen == "auto" else screen),
        )
        yield request.param
