"""Folders as they were published: with PyTorch files alone, for other code of attention, on networks of timm."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
import transformers as hf
from PIL import Image
from safetensors.torch import load_file
from timm.data import create_transform, resolve_data_config
from timm.models import save_for_hf
from torch import Tensor, nn

from ftcli.config.places import Places
from ftcli.config.schema import Model
from ftcli.contracts import Backbone, Form, ImagePreprocess
from ftcli.errors import ModelError, UserError, WeightsError
from ftcli.media.images import centre_crop, decode, normalise, resize
from ftcli.models.load import load_backbone, rebuild_backbone, save_backbone_files
from ftcli.models.pretrained.networks import read_config
from ftcli.models.request import Request
from ftcli.models.speech.vocoder import load_vocoder
from tests.models.conftest import load
from tests.tiny import detectors, language_models, speech
from tests.tiny import models as tiny

Make = Callable[[Path], str]

# As many of each kind of loader as were published without safetensors, and the forms that they are loaded in.
PUBLISHED: dict[str, tuple[Make, str, Form]] = {
    "bert": (tiny.bert, "text", "vector"),
    "xlnet": (tiny.xlnet, "text", "vector"),
    "albert": (tiny.albert, "text", "tokens"),
    "t5": (tiny.t5, "text", "seq2seq"),
    "marian": (language_models.marian, "text", "seq2seq"),
    "gpt2": (tiny.gpt2, "text", "causal"),
    "masked": (tiny.bert, "text", "masked"),
    "wav2vec2": (speech.wav2vec2, "audio", "vector"),
    "wavlm": (speech.wavlm, "audio", "vector"),
    "spelling": (speech.spelling, "audio", "transcriber"),
    "whisper": (speech.whisper, "audio", "transcriber"),
    "speecht5": (speech.speecht5, "text", "synthesizer"),
    "vit": (tiny.vit, "image", "vector"),
    "detr": (detectors.detr, "image", "detector"),
}


def loaded(folder: Path, modality: str, form: Form) -> Backbone:
    texts = lambda: ["one two"]  # noqa: E731
    request = Request(
        Model(str(folder)), modality, places=Places({"model": "x.yaml:3"}), texts=texts, outputs=2
    )
    torch.manual_seed(0)  # of a new head
    return load_backbone(form, request)


def pickled(folder: Path, shards: int = 1) -> None:
    """Put the weights into as many PyTorch files, with the names of long ago: of norms, and of normalised weights."""
    state = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    old = {name.replace("LayerNorm.weight", "LayerNorm.gamma"): value for name, value in state.items()}
    old = {name.replace("LayerNorm.bias", "LayerNorm.beta"): value for name, value in old.items()}
    for index, name in enumerate(("weight_g", "weight_v")):
        new = f"parametrizations.weight.original{index}"
        old = {key.replace(new, name): value for key, value in old.items()}
    if shards == 1:
        torch.save(old, folder / "pytorch_model.bin")
        return
    files = [f"pytorch_model-{index + 1:05}-of-{shards:05}.bin" for index in range(shards)]
    parts = {file: sorted(old)[index::shards] for index, file in enumerate(files)}
    for file, names in parts.items():
        torch.save({name: old[name] for name in names}, folder / file)
    where = {name: file for file, names in parts.items() for name in names}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {}, "weight_map": where}))


def same(one: nn.Module, other: nn.Module) -> bool:
    ours, theirs = one.state_dict(), other.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("shards", [1, 2])
@pytest.mark.parametrize("name", PUBLISHED)
def test_pytorch_files_are_read_as_safetensors_are(tmp_path: Path, name: str, shards: int) -> None:
    make, modality, form = PUBLISHED[name]
    torch.manual_seed(0)
    folder = Path(make(tmp_path / name))
    wanted = loaded(folder, modality, form)
    pickled(folder, shards)
    assert not list(folder.glob("*.safetensors"))
    assert same(loaded(folder, modality, form).module, wanted.module)


def test_a_vocoder_may_be_a_pytorch_file(tmp_path: Path) -> None:
    torch.manual_seed(0)
    folder = Path(speech.hifigan(tmp_path / "hifigan"))
    spectrogram = torch.randn(7, 80)
    wanted = load_vocoder(str(folder))(spectrogram)
    pickled(folder)
    assert torch.equal(load_vocoder(str(folder))(spectrogram), wanted)


def test_texts_are_written_as_an_old_folder_says(tmp_path: Path) -> None:
    """It has no generation_config.json: what that would hold stands in config.json."""
    folder = Path(language_models.marian(tmp_path / "marian"))
    pickled(folder)
    (folder / "generation_config.json").unlink()
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(settings | {"num_beams": 6, "bad_words_ids": [[3]]}))
    net: Any = loaded(folder, "text", "seq2seq").module.net
    assert (net.generation_config.num_beams, net.generation_config.bad_words_ids) == (6, [[3]])


def test_safetensors_are_taken_where_both_are_there(tmp_path: Path) -> None:
    folder = Path(tiny.bert(tmp_path / "bert"))
    wanted = load(str(folder), "text")
    (folder / "pytorch_model.bin").write_bytes(b"not looked at")
    assert same(load(str(folder), "text").module, wanted.module)


@pytest.mark.parametrize("name", ["bert", "marian", "speecht5"])
def test_a_pytorch_file_with_more_than_tensors_is_refused(tmp_path: Path, name: str) -> None:
    make, modality, form = PUBLISHED[name]
    folder = Path(make(tmp_path / name))
    pickled(folder)
    torch.save(nn.Linear(2, 2), folder / "pytorch_model.bin")
    with pytest.raises(WeightsError, match=r"pytorch_model.bin: holds more than weights"):
        loaded(folder, modality, form)


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    folder = Path(tiny.bert(tmp_path / "bert"))
    pickled(folder, shards=2)
    (folder / "pytorch_model-00002-of-00002.bin").unlink()
    with pytest.raises(WeightsError, match=r"pytorch_model-00002-of-00002.bin: no such file"):
        load(str(folder), "text")


def test_weights_of_another_model_are_refused_as_before(tmp_path: Path) -> None:
    folder = Path(tiny.bert(tmp_path / "bert"))
    (folder / "model.safetensors").unlink()
    torch.save({"x.weight": torch.ones(2)}, folder / "pytorch_model.bin")
    with pytest.raises(WeightsError, match="these are weights of another model"):
        load(str(folder), "text")


def edited(folder: Path, **settings: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))


@pytest.mark.parametrize("key", ["attn_implementation", "_attn_implementation"])
@pytest.mark.parametrize("value", ["flash_attention_2", "flex_attention", "sdpa", "eager"])
def test_attention_is_of_pytorch_whatever_a_folder_was_saved_with(
    tmp_path: Path, folders: dict[str, str], key: str, value: str
) -> None:
    folder = Path(tiny.bert(tmp_path / "bert"))
    edited(folder, **{key: value})
    net: Any = load(str(folder), "text").module.net
    assert net.config._attn_implementation == ("eager" if value == "eager" else "sdpa")


# ------------------------------------------------------------------------------------------------------ tokenizers


@pytest.mark.parametrize("name", ["bert", "roberta", "gpt2", "xlnet", "t5", "marian"])
def test_a_folder_without_a_vocabulary_is_refused(tmp_path: Path, name: str) -> None:
    """transformers makes an empty tokenizer for some, to which every word is unknown."""
    make: Make = {**tiny.TEXTS, "marian": language_models.marian}[name]
    folder = Path(make(tmp_path / name))
    for path in folder.iterdir():
        if path.name not in ("config.json", "model.safetensors", "tokenizer_config.json"):
            path.unlink()
    with pytest.raises(WeightsError, match=r"no tokenizer.json or .*The folder holds: config.json"):
        load(str(folder), "text")


def test_bytes_need_no_vocabulary(tmp_path: Path) -> None:
    tokenizer = hf.ByT5Tokenizer()
    config = hf.T5Config(
        vocab_size=len(tokenizer),
        d_model=16,
        d_kv=8,
        d_ff=16,
        num_layers=1,
        num_heads=2,
        decoder_start_token_id=0,
    )
    folder = tiny.save(tmp_path / "byt5", hf.T5ForConditionalGeneration(config), tokenizer)
    assert not list(Path(folder).glob("*vocab*"))
    backbone = load(folder, "text", form="seq2seq")
    assert backbone.preprocess.tokenizer("ab")["input_ids"] == [100, 101, 1]  # type: ignore[union-attr]


# ------------------------------------------------------------------------------------------------------------ timm

NETWORKS: Mapping[str, tuple[dict[str, Any], str, list[str]]] = {
    "resnet18": ({}, "cnn", ["stem", "layer1", "layer2", "layer3", "layer4"]),
    "vit_tiny_patch16_224": ({"depth": 2, "embed_dim": 32, "num_heads": 2}, "vit",
                             ["stem", "patch_embed", "blocks.0", "blocks.1"]),
    "convnext_atto": ({"depths": [1, 1, 1, 1], "dims": [8, 8, 16, 16]}, "convnext",
                      ["stem", "stages.0", "stages.1", "stages.2", "stages.3"]),
}  # fmt: skip


def published(folder: Path, name: str, **options: Any) -> Any:
    """A repository of timm's, and the network in it."""
    torch.manual_seed(0)
    net = timm.create_model(name, pretrained=False, num_classes=3, **options)
    save_for_hf(net, str(folder), safe_serialization=True)
    config = json.loads((folder / "config.json").read_text())
    config["pretrained_cfg"] |= {"crop_pct": 0.9, "interpolation": "bicubic"}
    (folder / "config.json").write_text(json.dumps(config))
    return net.eval()


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_of_timm_gives_the_features_that_it_gives_there(tmp_path: Path, name: str) -> None:
    options, family, blocks = NETWORKS[name]
    net = published(tmp_path / "hub", name, **options)
    backbone = load(str(tmp_path / "hub"), "image")
    images = torch.rand(2, 3, 224, 224)
    with torch.no_grad():
        wanted = net.forward_head(net.forward_features(images), pre_logits=True)
        torch.testing.assert_close(backbone.module.eval()(images), wanted, rtol=1e-5, atol=1e-6)
    assert (backbone.family, [block.name for block in backbone.blocks]) == (family, blocks)
    assert all(any(b.holds(key) for b in backbone.blocks) for key, _ in backbone.module.named_parameters())
    save_backbone_files(backbone, tmp_path / "run")
    again = rebuild_backbone("run", tmp_path / "run")
    again.module.load_state_dict(backbone.module.state_dict())
    assert again.preprocess == backbone.preprocess
    with torch.no_grad():
        assert torch.equal(again.module.eval()(images), backbone.module(images))


@pytest.mark.parametrize("shape", [(300, 200), (180, 260)])
@pytest.mark.parametrize("mode", ["center", "squash"])
@pytest.mark.parametrize("crop_pct", [0.875, 0.95, 1.0])
def test_images_for_timm_are_prepared_as_there(
    tmp_path: Path, crop_pct: float, mode: str, shape: tuple[int, int]
) -> None:
    options, *_ = NETWORKS["convnext_atto"]
    published(tmp_path / "hub", "convnext_atto", **options)
    config = json.loads((tmp_path / "hub/config.json").read_text())
    config["pretrained_cfg"] |= {"crop_pct": crop_pct, "crop_mode": mode, "mean": [0.5, 0.4, 0.3]}
    (tmp_path / "hub/config.json").write_text(json.dumps(config))
    preprocess = load(str(tmp_path / "hub"), "image").preprocess
    assert isinstance(preprocess, ImagePreprocess)
    image = Image.linear_gradient("L").resize(shape).convert("RGB")
    wanted: Tensor = create_transform(**resolve_data_config(config["pretrained_cfg"]), is_training=False)(
        image
    )
    cropped = centre_crop(resize(decode(np.array(image)), preprocess), preprocess)
    # The same but for rounding to whole numbers between the steps, half of 1/255 in units of the deviation.
    torch.testing.assert_close(normalise(cropped, preprocess), wanted, rtol=0, atol=0.02)


def test_timm_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options, *_ = NETWORKS["convnext_atto"]
    published(tmp_path / "hub", "convnext_atto", **options)
    monkeypatch.setattr("ftcli.models.pretrained.networks.find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r'timm, which is not installed: pip install "ftcli\[timm\]"'):
        load(str(tmp_path / "hub"), "image")


@pytest.mark.parametrize(
    "change",
    [{"crop_mode": "border"}, {"input_size": [3, 224, 448]}, {"interpolation": "random"}, {"input_size": 3}],
)
def test_images_that_are_not_made_for_timm_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    options, *_ = NETWORKS["convnext_atto"]
    published(tmp_path / "hub", "convnext_atto", **options)
    config = json.loads((tmp_path / "hub/config.json").read_text())
    config["pretrained_cfg"] |= change
    (tmp_path / "hub/config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsError, match=r"config.json: no images can be prepared as it says"):
        load(str(tmp_path / "hub"), "image")


DETR = {
    "backbone": "resnet18",
    "backbone_config": None,
    "backbone_kwargs": {"in_chans": 3, "out_indices": [1, 2, 3, 4]},
    "use_timm_backbone": True,
    "use_pretrained_backbone": True,
}


def named_backbone(folder: Path) -> Path:
    """A DETR as it was published: it names a network of timm, whose weights are among its own."""
    config = hf.DetrConfig(**detectors.LAYERS)
    kept = {key: value for key, value in config.to_dict().items() if key not in DETR}
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(kept | DETR))
    (folder / "preprocessor_config.json").write_text(json.dumps(detectors.PROCESSOR))
    hf.DetrForObjectDetection(read_config(folder)).save_pretrained(folder)
    (folder / "config.json").write_text(json.dumps(kept | DETR))
    return folder


def test_a_detector_may_stand_on_a_network_of_timm(tmp_path: Path) -> None:
    folder = named_backbone(tmp_path / "detr")
    backbone = load(str(folder), "image", form="detector")
    names = ["stem", "layer1", "layer2", "layer3", "layer4", "encoder", "decoder"]
    assert [block.name for block in backbone.blocks] == names
    first = "layer1.0.conv1.weight"
    stored = [
        value for name, value in load_file(folder / "model.safetensors").items() if name.endswith(first)
    ]
    loaded = [value for name, value in backbone.module.state_dict().items() if name.endswith(first)]
    assert len(stored) == len(loaded) == 1
    assert torch.equal(stored[0], loaded[0])


def test_a_backbone_elsewhere_is_not_fetched(tmp_path: Path) -> None:
    folder = named_backbone(tmp_path / "detr")
    edited(folder, use_timm_backbone=False)
    with pytest.raises(UserError, match="'resnet18' is another model, which is not fetched"):
        load(str(folder), "image", form="detector")
