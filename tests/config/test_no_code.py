import pytest
from omegaconf import OmegaConf

from embdrift.config.composing import compose_config
from embdrift.config.no_code import require_no_code
from embdrift.errors import InputError


def test_what_hydra_itself_brings_is_fine():
    compose_config([])


@pytest.mark.parametrize(
    "name", ["hydra_plugins.hydra_joblib_launcher.joblib_launcher.JoblibLauncher", "hydra._internal.core_plugins.x.Y"]
)
def test_plugins_of_hydra_are_fine(name):
    require_no_code(OmegaConf.create({"launcher": {"_target_": name}}))


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"launcher": {"_target_": "os.system"}}, "hydra.launcher._target_"),
        ({"callbacks": {"a": {"b": [{"_target_": "hydra_pluginsx.y"}]}}}, "hydra.callbacks.a.b.0._target_"),
        ({"job_logging": {"handlers": {"a": {"()": "logging.FileHandler"}}}}, r"hydra.job_logging.handlers.a.\(\)"),
        ({"job_logging": {"handlers": {"a": {"class": "subprocess.Popen"}}}}, "hydra.job_logging.handlers.a.class"),
        ({"launcher": {"_target_": "${oc.env:HOME}"}}, "hydra.launcher._target_"),
    ],
)
def test_anything_else_that_would_be_imported_is_refused(settings, key):
    with pytest.raises(InputError, match=f"{key} names code to run"):
        require_no_code(OmegaConf.create(settings))
