from collections.abc import Iterator
from dataclasses import dataclass, field, fields

import pytest
from index_data import small_choice
from omegaconf import OmegaConf
from omegaconf.errors import ConfigKeyError, ValidationError

from embdrift.errors import InputError
from embdrift.index import Build, IndexKind, index_choice_type, index_kind, no_index, registered
from embdrift.index import kind as module
from embdrift.index.kind import grid_of


def test_the_types_of_the_documentation_are_there():
    expected = {
        "cagra",
        "factory",
        "flat",
        "hnsw_flat",
        "hnsw_sq",
        "ivf_flat",
        "ivf_pq",
        "ivf_sq",
        "pq_fastscan",
        "scalar",
    }
    assert set(registered()) == expected


def test_every_type_builds_something_from_its_defaults():
    for name, kind in registered().items():
        if name != "factory":
            builds = list(kind().builds())
            assert builds
            assert all(build.kind == name and build.grid for build in builds)


def test_a_choice_of_nothing_builds_nothing():
    assert list(no_index().builds()) == []


def test_a_new_type_is_a_field_of_the_choice(monkeypatch):
    monkeypatch.setattr(module, "KINDS", dict(module.KINDS))
    module.index_choice_type.cache_clear()

    @index_kind("mine")
    @dataclass
    class Mine(IndexKind):
        links: list[int] = field(default_factory=lambda: [4])

        def builds(self) -> Iterator[Build]:
            yield Build(self.kind, "mine", "NSG4")

    try:
        assert "mine" in [one.name for one in fields(index_choice_type())]
    finally:
        module.index_choice_type.cache_clear()


def test_two_builds_of_one_name_are_refused():
    choice = small_choice(factory={"strings": ["Flat"]})
    with pytest.raises(InputError, match="two indexes are called 'Flat'"):
        list(choice.builds())


def test_grids_hold_every_combination():
    assert grid_of(a=[1, 2], b=[3, 4]) == ({"a": 1, "b": 3}, {"a": 1, "b": 4}, {"a": 2, "b": 3}, {"a": 2, "b": 4})
    assert grid_of() == ({},)


def test_a_config_file_can_type_the_choice():
    schema = OmegaConf.structured(index_choice_type())
    made = OmegaConf.to_object(OmegaConf.merge(schema, {"ivf_sq": {"nlist": [4], "code": ["int8"]}, "flat": {}}))
    assert [build.name for build in made.builds()] == ["Flat", "IVF4,SQ8"]
    with pytest.raises(ConfigKeyError):
        OmegaConf.merge(schema, {"hnsw": {}})
    with pytest.raises(ValidationError):
        OmegaConf.merge(schema, {"hnsw_flat": {"m": ["many"]}})
