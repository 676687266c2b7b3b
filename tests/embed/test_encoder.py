import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from embdrift.embed import encoder as module
from embdrift.embed.embedding import embed
from embdrift.embed.encoder import load_encoder, lower_cases
from embdrift.embed.model_files import model_files
from embdrift.errors import InputError
from embdrift.settings import Dtype, EncoderSpec, Pooling


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


PLAIN = EncoderSpec()
encoder = pytest.mark.encoder


@pytest.fixture
def vectors(real_encoders, sentences):
    def vectors(texts=None, **options):
        texts = texts or sentences
        ids = list(map(str, range(len(texts))))
        spec = replace(PLAIN, **options)
        return embed(texts, spec, name="new", ids=ids, device="cpu", load=real_encoders)

    return vectors


def test_the_missing_extra_is_named(monkeypatch, model_folder):
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    spec = EncoderSpec(model=str(model_folder))
    with pytest.raises(InputError, match=r"pip install 'embdrift\[embed\]'"):
        load_encoder(spec, model_files(spec), "cpu")


@encoder
def test_the_packaged_model_is_the_public_one(real_encoders):
    real_encoders(PLAIN)
    assert model_files(PLAIN).weights_sha256 == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@encoder
def test_related_sentences_are_nearest_and_vectors_have_unit_length(vectors):
    made = vectors()
    assert made.vectors.shape == (20, 384)
    assert made.vectors.dtype == torch.float32
    assert torch.allclose(made.vectors.norm(dim=1), torch.ones(20), atol=1e-6)
    scores = (made.vectors @ made.vectors.T).fill_diagonal_(-1)
    assert (scores.argmax(dim=1) == torch.arange(20).bitwise_xor(torch.tensor(1))).sum() >= 18


@encoder
def test_the_vectors_are_those_of_the_library_itself(vectors, sentences):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(model_files(PLAIN).folder), device="cpu", local_files_only=True)
    expected = model.encode(sentences, show_progress_bar=False)
    assert np.allclose(vectors().vectors.numpy(), expected, atol=1e-6)


@encoder
def test_a_second_encoding_has_the_same_bytes(vectors):
    assert torch.equal(vectors().vectors, vectors().vectors)


@encoder
def test_the_batch_size_moves_nothing_but_rounding(vectors):
    assert torch.allclose(vectors().vectors, vectors(batch_size=3).vectors, atol=1e-5)


@encoder
def test_the_card_tells_the_loaded_encoder(vectors):
    card = vectors().card
    assert (card["pooling"], card["max_length"], card["normalized"], card["dimension"]) == ("mean", 256, True, 384)
    assert (card["tokenizer"], card["tokenizer_lower_case"]) == ("BertTokenizer", True)
    assert set(card["libraries"]) == {"torch", "transformers", "sentence-transformers", "tokenizers"}


@encoder
def test_bfloat16_keeps_its_values_in_float32(vectors):
    made = vectors(dtype=Dtype.bfloat16)
    assert made.vectors.dtype == torch.float32
    assert torch.equal(made.vectors.bfloat16().float(), made.vectors)
    cosine = torch.nn.functional.cosine_similarity(made.vectors, vectors().vectors)
    assert 0.999 < cosine.min() < 0.999999
    assert (made.card["weights_dtype"], made.card["stored_dtype"]) == ("bfloat16", "float32")


@encoder
def test_pooling_is_replaced(vectors):
    made = vectors(pooling=Pooling.cls)
    assert made.card["pooling"] == "cls"
    cosine = torch.nn.functional.cosine_similarity(made.vectors, vectors().vectors)
    assert cosine.max() < 0.9
    assert torch.equal(vectors(pooling=Pooling.mean).vectors, vectors().vectors)


@encoder
def test_texts_are_cut_after_the_maximum_length(vectors):
    text = "one two three four five six"
    made = vectors([text, "one two three"], max_length=5)
    assert made.card["max_length"] == 5
    # Five tokens: three words between the two that the tokenizer adds.
    assert torch.allclose(made.vectors[0], made.vectors[1], atol=1e-6)


@encoder
def test_a_length_that_leaves_no_room_for_text_is_refused(vectors):
    with pytest.raises(InputError, match="adds 2 tokens of its own, got 2"):
        vectors(max_length=2)


@encoder
def test_without_normalization_only_lengths_differ(vectors):
    made = vectors(normalize=False)
    lengths = made.vectors.norm(dim=1, keepdim=True)
    assert (lengths - 1).abs().min() > 0.1
    assert torch.allclose(made.vectors / lengths, vectors().vectors, atol=1e-6)
    assert made.card["normalized"] is False


@encoder
def test_a_prompt_stands_before_every_text(vectors):
    prompted = vectors(["a cat", "a dog"], prompt="passage: ")
    written = vectors(["passage: a cat", "passage: a dog"])
    assert torch.allclose(prompted.vectors, written.vectors, atol=1e-6)


@encoder
def test_nothing_is_printed(vectors, capfd):
    load_encoder(PLAIN, model_files(PLAIN), "cpu").encode(["a text that is encoded"])
    assert capfd.readouterr() == ("", "")


@encoder
def test_a_folder_that_is_no_model_is_said_in_one_sentence(real_encoders, model_folder):
    real_encoders(PLAIN)
    spec = EncoderSpec(model=str(model_folder))
    with pytest.raises(InputError, match="could not be loaded from") as raised:
        load_encoder(spec, model_files(spec), "cpu")
    assert "\n" not in str(raised.value)


@encoder
def test_a_batch_too_large_for_the_device_is_said(real_encoders, monkeypatch):
    loaded = real_encoders(replace(PLAIN, batch_size=7))

    def fail(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("sentence_transformers.SentenceTransformer.encode", fail)
    with pytest.raises(InputError, match="not enough memory for a batch of 2 texts; lower batch_size"):
        loaded.encode(["a", "b"])
