"""Networks of timm in Hugging Face folders, alone and inside a detector."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
from torch import Tensor

from ftcli.contracts import ImagePreprocess
from ftcli.errors import ModelError, UserError, WeightsError
from ftcli.media.images import centre_crop, decode, normalise, resize
from ftcli.models.load import rebuild_backbone, save_backbone_files
from ftcli.models.pretrained.networks import read_config
from tests.models.conftest import load
from tests.models.pretrained.test_networks import edited
from tests.tiny import detectors

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
