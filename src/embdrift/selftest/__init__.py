"""Known faults planted in vectors, and which measures and gates notice them."""

from embdrift.selftest.catalog import FAULTS, Case, Fault, all_cases
from embdrift.selftest.gathering import SelfTest
from embdrift.selftest.matching import Expected, expected_table
from embdrift.selftest.running import SelfTestSettings, alarms_of_tests, self_test
from embdrift.selftest.world import World, sampled_world, synthetic_world
from embdrift.selftest.writing import selftest_text, write_selftest

__all__ = [
    "FAULTS",
    "Case",
    "Expected",
    "Fault",
    "SelfTest",
    "SelfTestSettings",
    "World",
    "alarms_of_tests",
    "all_cases",
    "expected_table",
    "sampled_world",
    "self_test",
    "selftest_text",
    "synthetic_world",
    "write_selftest",
]
