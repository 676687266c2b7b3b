import json

import pytest
import torch

from embdrift.embed.card import card_differences, library_versions, make_card
from embdrift.embed.encoder import EncoderFacts
from embdrift.embed.job import new_job
from embdrift.settings import Dtype, EncoderSpec


@pytest.fixture
def card(model_folder):
    spec = EncoderSpec(model=str(model_folder), dtype=Dtype.bfloat16, prompt="passage: ")
    job = new_job(["one", "two"], spec, name="new", ids=["a", "b"], device="cpu")
    return make_card(job, EncoderFacts("BertTokenizer", True, "mean", 256, "cpu"), torch.ones(2, 3))


def test_a_card_says_how_vectors_were_made_in_values_that_json_holds(card):
    assert json.loads(json.dumps(card)) == card
    assert card["weights_dtype"] == "bfloat16"
    assert card["stored_dtype"] == "float32"
    assert (card["count"], card["dimension"], card["max_length"]) == (2, 3, 256)
    assert card["prompt"] == "passage: "
    assert card["tokenizer_version"] == "1.0"
    assert len(card["weights_sha256"]) == len(card["inputs_sha256"]) == len(card["vectors_sha256"]) == 64
    assert card["libraries"] == library_versions()
    assert card["libraries"]["torch"].startswith(torch.__version__.split("+")[0])


def test_a_card_does_not_differ_from_itself(card):
    assert card_differences(card, dict(card)) == []


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("max_length", 32, "tokenizer maximum length 256 -> 32"),
        ("max_length", None, "tokenizer maximum length 256 -> not recorded"),
        ("pooling", "cls", "pooling mean -> cls"),
        ("weights_dtype", "float32", "weights bfloat16 -> float32"),
        ("normalized", False, "normalization to unit length on -> off"),
        ("tokenizer_lower_case", False, "tokenizer lower-casing on -> off"),
        ("prompt", "", "prompt 'passage: ' -> ''"),
        ("dimension", 5, "dimension 3 -> 5"),
        ("device", "cuda", "device cpu -> cuda"),
        ("inputs_sha256", "0" * 64, "inputs differ"),
        ("count", 3, "count 2 -> 3"),
        ("trained_on", "web", "trained on not recorded -> web"),
    ],
)
def test_a_difference_is_said_in_words(card, key, value, words):
    assert card_differences(card, {**card, key: value, "vectors_sha256": "other"}) == [words]


def test_fingerprints_are_shortened(card):
    old = card["weights_sha256"][:12]
    assert card_differences(card, {**card, "weights_sha256": "f" * 64}) == [f"weights {old} -> ffffffffffff"]


def test_libraries_are_compared_one_by_one(card):
    newer = {**card, "libraries": {**card["libraries"], "torch": "9.9"}}
    assert card_differences(card, newer) == [f"torch {card['libraries']['torch']} -> 9.9"]


def test_the_number_of_vectors_follows_from_other_inputs(card):
    other = {**card, "inputs_sha256": "0", "count": 9, "vectors_sha256": "1"}
    assert card_differences(card, other) == ["inputs differ"]


def test_other_vectors_of_the_same_making_are_not_passed_over(card):
    (said,) = card_differences(card, {**card, "vectors_sha256": "other"})
    assert said == "vectors differ although the cards agree on how they were made"


def test_partial_cards_of_other_tools_are_compared():
    old = {"model": "m", "extra": {"seed": 1, "layers": [1, 2]}}
    new = {"pooling": "cls", "model": "m", "extra": {"seed": 2, "layers": [1, 2]}}
    assert card_differences(old, new) == ["extra seed 1 -> 2", "pooling not recorded -> cls"]


def test_a_missing_card_is_said_once(card):
    assert card_differences({}, card) == ["no version card for the reference"]
    assert card_differences(card, {}) == ["no version card for the candidate"]
    assert card_differences({}, {}) == []


def test_an_input_fingerprint_on_one_side_only_is_no_proof_of_other_inputs(card):
    without = {key: value for key, value in card.items() if key != "inputs_sha256"}
    (said,) = card_differences(without, card)
    assert said.startswith("inputs fingerprint not recorded -> ")
