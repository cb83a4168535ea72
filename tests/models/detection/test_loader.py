"""A backbone is a whole detector, or a classifier that gets a new head; runs are rebuilt either way."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ftcli.config.places import Places
from ftcli.config.schema import Model
from ftcli.contracts import Backbone
from ftcli.errors import ConfigError
from ftcli.models.load import load_backbone, rebuild_backbone, save_backbone_files
from ftcli.models.request import Request

WHOLE, CLASSIFIER = "torchvision/ssdlite320_mobilenet_v3_large", "torchvision/shufflenet_v2_x0_5"


def load(name: str, detector: str | None = None) -> Backbone:
    model = Model(name, weights="none", detector=detector)
    return load_backbone("detector", Request(model, "image", places=Places({"model": "x.yaml:3"}), outputs=2))


@pytest.mark.parametrize(("name", "detector"), [(WHOLE, None), (CLASSIFIER, None), (CLASSIFIER, "fcos")])
def test_a_detector_is_rebuilt_from_its_files(name: str, detector: str | None, tmp_path: Path) -> None:
    first = load(name, detector)
    save_backbone_files(first, tmp_path)
    again = rebuild_backbone("x", tmp_path)
    again.module.load_state_dict(first.module.state_dict())
    for part in ("blocks", "head", "source", "family", "form", "preprocess"):
        assert getattr(again, part) == getattr(first, part)
    inputs = {"pixels": torch.rand(1, 3, 320, 320), "sizes": torch.tensor([[320, 320]])}
    with torch.no_grad():
        ours, theirs = (one.module.eval()(**inputs).detections[0] for one in (again, first))
    assert torch.equal(ours["boxes"], theirs["boxes"])


def test_a_new_head_is_said_to_be_the_choice_of_the_program() -> None:
    assert load(CLASSIFIER).chosen["detector"][0] == "faster-rcnn"
    assert not load(CLASSIFIER, "fcos").chosen


@pytest.mark.parametrize(
    ("name", "detector", "words"),
    [
        (WHOLE, "fcos", "model.detector: .* is a whole detector already"),
        (
            CLASSIFIER,
            "fcoss",
            r"model.detector: no kind of detector is called 'fcoss'. Did you mean 'fcos'\?",
        ),
        ("torchvision/resnet", None, "model.backbone: torchvision has neither a detector nor a classifier"),
    ],
)
def test_mistakes_are_answered_with_the_line(name: str, detector: str | None, words: str) -> None:
    with pytest.raises(ConfigError, match=f"x.yaml:3: {words}"):
        load(name, detector)
