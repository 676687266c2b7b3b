import json
from types import SimpleNamespace

import pytest

from embdrift.embed.tokenizer import lower_cases


def tokenizer(normalizer):
    backend = SimpleNamespace(to_str=lambda: json.dumps({"normalizer": normalizer}))
    # The configuration file's word does not count where the tokenizer itself can be asked.
    return SimpleNamespace(backend_tokenizer=backend, do_lower_case="unsure")


@pytest.mark.parametrize(
    ("normalizer", "expected"),
    [
        (None, False),
        ({"type": "BertNormalizer", "lowercase": True}, True),
        ({"type": "BertNormalizer", "lowercase": False}, False),
        ({"type": "Lowercase"}, True),
        ({"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]}, True),
        ({"type": "Sequence", "normalizers": [{"type": "NFC"}]}, False),
    ],
)
def test_lower_casing_is_read_from_the_tokenizer_itself(normalizer, expected):
    assert lower_cases(tokenizer(normalizer)) is expected


def test_a_tokenizer_without_a_description_is_asked_for_its_option():
    assert lower_cases(SimpleNamespace(do_lower_case=True)) is True
    assert lower_cases(None) is None
