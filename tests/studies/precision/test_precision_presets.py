from pathlib import Path

import pytest
from omegaconf import OmegaConf

from embdrift.numerics import cell_name
from embdrift.studies.precision import PrecisionOptions

FOLDER = Path(__file__).parents[3] / "configs" / "precision"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_preset_is_a_ladder(path):
    preset = OmegaConf.load(path)
    del preset["defaults"]
    options = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(PrecisionOptions), preset))
    assert isinstance(options, PrecisionOptions)
    assert "float32" in [cell_name(cell) for cell in options.ladder]


def test_the_presets_are_those_that_the_documentation_names():
    names = {path.stem for path in FOLDER.glob("*.yaml")}
    assert names == {"default", "float32_to_float16", "storage", "gpu_arithmetic"}
