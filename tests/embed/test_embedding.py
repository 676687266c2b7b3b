import threading

import numpy as np
import pytest
import torch
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

from embdrift.embed.embedding import embed, embed_cached
from embdrift.errors import InputError, StorageError
from embdrift.settings import EncoderSpec, Pooling

WORDS = ["text " * (1 + number * 7 % 23) + str(number) for number in range(700)]
IDS = [f"id{number}" for number in range(700)]


@pytest.fixture
def make(model_folder, fake_load):
    def make(texts=WORDS, ids=IDS, load=None, **options):
        listener = options.pop("progress", None)
        spec = EncoderSpec(model=str(model_folder), **{"batch_size": 50, **options})
        load = load or fake_load()
        return embed_cached(texts, spec, name="new", ids=ids, device="cpu", progress=listener, load=load), load

    return make


def contents(cache):
    return {path.relative_to(cache): path.read_bytes() for path in cache.rglob("*") if path.is_file()}


def test_the_cache_gives_what_embedding_without_it_gives(make, model_folder, fake_load):
    cached, _ = make()
    spec = EncoderSpec(model=str(model_folder), batch_size=50)
    direct = embed(WORDS, spec, name="new", ids=IDS, device="cpu", load=fake_load())
    assert torch.equal(cached.vectors, direct.vectors)
    assert cached.card == direct.card
    assert cached.ids.tolist() == IDS


def test_a_second_call_loads_no_encoder_and_gives_the_same(make):
    first, load = make()
    second, load = make(load=load)
    assert load.calls == 1
    assert torch.equal(first.vectors, second.vectors)
    assert (first.card, first.ids.tolist(), first.name) == (second.card, second.ids.tolist(), second.name)


@pytest.mark.parametrize("killed_after", [0, 3, 6, 7, 13])
def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(
    make, own_cache, fake_load, heard, tmp_path, monkeypatch, killed_after
):
    make()
    whole = contents(own_cache)
    monkeypatch.setenv("EMBDRIFT_CACHE", str(tmp_path / "killed"))
    with pytest.raises(KeyboardInterrupt):
        make(load=fake_load(fail_after=killed_after))
    listener = heard()
    _, load = make(progress=listener)
    assert contents(tmp_path / "killed") == whole
    # Pieces are 300 texts in 6 batches of 50; what was finished is not done again.
    assert len(load.encoder.batches) == 14 - killed_after // 6 * 6
    assert (listener.done, listener.total, listener.finished) == (700, 700, 1)


def test_a_damaged_piece_is_made_again(make, own_cache, fake_load):
    with pytest.raises(KeyboardInterrupt):
        make(load=fake_load(fail_after=7))
    (part,) = own_cache.rglob("parts/*.npy")
    part.write_bytes(part.read_bytes()[:200])
    made, load = make()
    assert len(load.encoder.batches) == 14
    assert made.n == 700


@pytest.mark.parametrize("name", ["vectors.npy", "vectors.card.json"])
@pytest.mark.parametrize("damage", ["missing", "cut", "changed"])
def test_a_damaged_result_is_made_again(make, own_cache, name, damage):
    first, _ = make()
    (path,) = own_cache.rglob(name)
    raw = bytearray(path.read_bytes())
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(raw[: len(raw) // 2])
    else:
        place = raw.index(b'"vectors_sha256": "') + 19 if name.endswith("json") else -1
        raw[place] ^= 1
        path.write_bytes(raw)
    again, load = make()
    assert load.calls == 1
    assert torch.equal(first.vectors, again.vectors)


def test_whatever_decides_the_vectors_makes_another_entry(make, model_folder):
    make()
    assert make(pooling=Pooling.cls)[1].calls == 1
    assert make(prompt="q: ")[1].calls == 1
    assert make(texts=["other", *WORDS[1:]])[1].calls == 1
    assert make(ids=["other", *IDS[1:]])[1].calls == 1
    (model_folder / "1_Pooling").mkdir()
    (model_folder / "1_Pooling" / "config.json").write_text("{}")
    assert make()[1].calls == 1
    (model_folder / "model.safetensors").write_bytes(b"other weights")
    assert make()[1].calls == 1
    assert make()[1].calls == 0


def test_other_library_versions_make_another_entry(make, monkeypatch):
    make()
    monkeypatch.setattr("embdrift.embed.embedding.library_versions", lambda: {"torch": "0"})
    assert make()[1].calls == 1


def test_a_second_run_waits_for_the_first(make, own_cache, heard):
    make()
    (lock,) = own_cache.rglob("*.lock")
    listener = heard()
    with FileLock(lock):
        waiting = threading.Thread(target=make, kwargs={"progress": listener})
        waiting.start()
        while not listener.label:
            waiting.join(0.01)
        assert listener.label.startswith("waiting for another run")
        assert waiting.is_alive()
    waiting.join(10)
    assert not waiting.is_alive()
    assert listener.finished == 1


def test_a_cache_that_cannot_be_made_is_one_sentence(make, own_cache):
    own_cache.write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="could not write"):
        make()


@pytest.mark.parametrize(
    ("texts", "ids", "message"),
    [
        ([], [], "no texts to embed"),
        (["a"], ["1", "2"], "1 texts need 1 ids, got 2"),
        (["a", "b"], ["1", "1"], "'1'.* more than once"),
        (["a", " "], ["1", "2"], "'2'.* have none"),
    ],
)
def test_bad_texts_are_refused_before_anything_is_written(make, own_cache, texts, ids, message):
    with pytest.raises(InputError, match=message):
        make(texts=texts, ids=ids)
    assert not own_cache.exists()


def test_a_device_that_is_not_there_is_refused(model_folder):
    with pytest.raises(InputError, match=r"device must be auto or one of those on this machine \(cpu.*got 'gpu'"):
        embed(["a"], EncoderSpec(model=str(model_folder)), name="new", ids=["1"], device="gpu")


def test_values_that_are_not_finite_are_refused_with_the_id(make, fake_load):
    class Overflowing:
        facts = None

        def encode(self, texts):
            return np.array([[np.inf if text == "b" else 1.0] for text in texts], np.float32)

    with pytest.raises(InputError, match="not finite in float32, first for the text with id '2'"):
        make(texts=["a", "b"], ids=["1", "2"], load=lambda *_: Overflowing())


@settings(max_examples=20, deadline=None)
@given(texts=st.lists(st.text("ab ", min_size=1).map(lambda text: text + "."), min_size=1, max_size=300))
def test_vectors_come_back_in_the_order_of_their_texts(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("model")
    (folder / "model.safetensors").write_bytes(b"weights")

    class Lengths:
        from embdrift.embed.encoder import EncoderFacts

        facts = EncoderFacts("", None, "mean", None, "cpu")

        def encode(self, batch):
            return np.array([[len(text)] for text in batch], np.float32)

    spec = EncoderSpec(model=str(folder), batch_size=7)
    made = embed(texts, spec, name="n", ids=list(map(str, range(len(texts)))), device="cpu", load=lambda *_: Lengths())
    assert made.vectors[:, 0].tolist() == list(map(len, texts))
