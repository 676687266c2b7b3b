import os

import pytest

# torch and numba each bring an OpenMP that spins after every loop: small searches would take a hundred times longer.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


@pytest.fixture(scope="module", params=["float32", "bfloat16"])
def screen(request):
    """Every search of the module that leaves the choice open screens with one and with the other."""
    import embdrift.search.exact

    chosen = embdrift.search.exact._takes_bfloat16
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            embdrift.search.exact,
            "_takes_bfloat16",
            lambda task, start, screen: chosen(task, start, request.param if screen == "auto" else screen),
        )
        yield request.param
