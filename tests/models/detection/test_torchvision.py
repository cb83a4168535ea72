from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision import models

from ftcli.config.places import Places
from ftcli.config.schema import Model
from ftcli.contracts import Backbone, Block, ImagePreprocess
from ftcli.errors import ConfigError, WeightsError
from ftcli.models.detection.torchvision import detector_names
from ftcli.models.load import load_backbone
from ftcli.models.request import Request
from tests.models.detection.detection import check_evaluation, holders, trained
from tests.tiny.detectors import batch

FASTER, LITE = "fasterrcnn_mobilenet_v3_large_320_fpn", "ssdlite320_mobilenet_v3_large"


def made(name: str, classes: int = 3, weights: str | None = "none") -> Backbone:
    torch.manual_seed(0)
    model = Model(f"torchvision/{name}", weights)
    return load_backbone(
        "detector", Request(model, "image", places=Places({"model": "x.yaml:3"}), outputs=classes)
    )


def published(name: str, classes: int = 91) -> Any:
    torch.manual_seed(1)
    return models.get_model(name, weights=None, weights_backbone=None, num_classes=classes)


@pytest.fixture(scope="module")
def faster() -> Any:
    """Faster R-CNN as it would be published."""
    return published(FASTER)


def saved(state: dict[str, Tensor], path: Path) -> str:
    torch.save(state, path)
    return str(path)


def test_detectors_of_boxes_are_known() -> None:
    assert len(detector_names()) == 9
    assert not [name for name in detector_names() if "mask" in name or "keypoint" in name]


@pytest.mark.parametrize(
    ("name", "preprocess", "blocks"),
    [
        (FASTER, ImagePreprocess(320, 320, longest=640), ["features.0", "features.16", "neck", "tower"]),
        (
            LITE,
            ImagePreprocess(320, 320, (0.5,) * 3, (0.5,) * 3, squash=True, longest=320),
            ["features.0.0", "features.1.3", "neck", "tower"],
        ),
        (
            "retinanet_resnet50_fpn",
            ImagePreprocess(800, 800, longest=1333),
            ["stem", "layer4", "neck", "tower"],
        ),
        ("fcos_resnet50_fpn", ImagePreprocess(800, 800, longest=1333), ["stem", "layer4", "neck", "tower"]),
    ],
)
def test_blocks_cover_everything_and_the_head_tells_classes(
    name: str, preprocess: ImagePreprocess, blocks: list[str]
) -> None:
    model = made(name)
    assert model.preprocess == preprocess
    assert holders(model) == {}
    names = [block.name for block in model.blocks]
    assert [names[0], *names[-3:]] == blocks
    head = [path for path, _ in model.module.named_parameters() if Block("head", model.head).holds(path)]
    assert head
    assert all("box_predictor" in path or "classification_head" in path for path in head)


@pytest.mark.parametrize("name", [FASTER, LITE])
def test_whole_detectors_train_and_evaluate(name: str) -> None:
    model = made(name)
    inputs = batch(320, 320) if name == LITE else batch()
    trained(model, inputs)
    assert [path for path, value in model.module.named_parameters() if value.grad is None] == []
    check_evaluation(model, inputs, 3)


def old_names(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The state as torchvision published it: fewer containers, and frozen norms, which count no batches."""
    names = {
        name: name.replace("_blocks.0.0.", "_blocks.0.").replace("_blocks.1.0.", "_blocks.1.")
        for name in state
    }
    names = {name: new.replace("rpn.head.conv.0.0.", "rpn.head.conv.") for name, new in names.items()}
    return {new: state[name] for name, new in names.items() if "num_batches_tracked" not in name}


def test_weights_of_coco_fit_but_for_the_predictor(faster: Any, tmp_path: Path) -> None:
    path = saved(old_names(faster.state_dict()), tmp_path / "coco.pth")
    model = made(FASTER, weights=path)
    assert model.source == f"torchvision/{FASTER}@{path}"
    theirs = faster.state_dict()
    ours = {name.removeprefix("head."): value for name, value in model.module.state_dict().items()}
    kept = [name for name in theirs if "box_predictor" not in name and "num_batches" not in name]
    assert all(torch.equal(ours[name], theirs[name]) for name in kept)
    assert ours["roi_heads.box_predictor.cls_score.weight"].shape[0] == 4
    assert ours["roi_heads.box_predictor.bbox_pred.weight"].shape[0] == 16


def test_a_run_of_ours_is_a_file_of_weights(tmp_path: Path) -> None:
    run = made(FASTER, classes=2)
    state = {f"backbone.{name}": value for name, value in run.module.state_dict().items()}
    path = saved(state, tmp_path / "model.pth")
    model = made(FASTER, classes=5, weights=path)
    for name, value in model.module.named_parameters():
        same = torch.equal(value, run.module.get_parameter(name)) if "box_predictor" not in name else True
        assert same, name


def test_weights_of_another_model_are_answered(faster: Any, tmp_path: Path) -> None:
    state = faster.state_dict()
    state["rpn.head.cls_logits.weight"] = state["rpn.head.cls_logits.weight"][:1]
    del state["rpn.head.cls_logits.bias"]
    path = saved(state, tmp_path / "other.pth")
    with pytest.raises(
        WeightsError, match=r"1 missing: rpn.head.cls_logits.bias\n.*1 misshapen: .*\(1, 256, 1, 1\)"
    ):
        made(FASTER, weights=path)


def test_norms_of_old_files_give_the_same_without_their_epsilon() -> None:
    from ftcli.models.detection.torchvision import _without_epsilon

    norm = nn.BatchNorm2d(3).eval()
    norm.running_var = torch.tensor([0.0, 1e-4, 2.0])
    pixels = torch.rand(1, 3, 2, 2)
    expected = pixels[:, 1:] / torch.tensor([1e-4, 2.0]).sqrt()[:, None, None]
    _without_epsilon(norm)
    assert torch.allclose(norm(pixels)[:, 1:], expected)
    assert norm(pixels).isfinite().all()


def test_mistakes_are_answered_with_the_line() -> None:
    with pytest.raises(ConfigError, match=r"x.yaml:3: model.backbone: .*Did you mean 'fcos_resnet50_fpn'\?"):
        made("fcos_resnet5_fpn")
    with pytest.raises(ConfigError, match=r"x.yaml:3: model.weights: 'imagenet' is for classifiers"):
        made(FASTER, weights="imagenet")
