from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf

from ftcli.contracts import Backbone, Block, ImagePreprocess
from ftcli.errors import ModelError
from ftcli.models.detection.kinds import KINDS
from ftcli.models.detection.new_head import build_on
from ftcli.models.freezing.policies import FreezeBackbone
from tests.models.conftest import load
from tests.models.detection.detection import check_evaluation, evaluated, holders, trained
from tests.tiny.detectors import batch

SMALL = "torchvision/shufflenet_v2_x0_5"


def built(kind: str = "fcos", backbone: str = SMALL) -> Backbone:
    torch.manual_seed(0)
    weights = None if backbone.startswith("/") else "none"
    return build_on(load(backbone, "image", weights=weights), kind, 3, width=32)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_trains_and_evaluates(kind: str) -> None:
    model = built(kind)
    losses = trained(model, batch())
    assert [path for path, value in model.module.named_parameters() if value.grad is None] == []
    check_evaluation(model, batch(), 3)
    assert evaluated(model, batch()).losses.keys() == losses.keys()
    assert holders(model) == {}
    assert model.head == ("neck", "head")


@pytest.mark.parametrize("kind", KINDS)
def test_detectors_learn_one_image(kind: str) -> None:
    model = built(kind)
    one = {name: value[:1] for name, value in batch().items()}
    optimizer = torch.optim.Adam(model.module.parameters(), 2e-3)
    losses = []
    for _ in range(8):
        optimizer.zero_grad()
        losses.append(float(sum(value.detach() for value in trained(model, one).values())))
        optimizer.step()
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize("kind", KINDS)
def test_batches_without_any_box_train(kind: str) -> None:
    nothing = batch()
    nothing["targets"] = [nothing["targets"][1]] * 2
    trained(built(kind), nothing)


@pytest.mark.parametrize("kind", ["faster-rcnn", "fcos"])
def test_lower_precision_is_only_for_layers(kind: str) -> None:
    model = built(kind)
    with torch.autocast("cpu", torch.bfloat16):
        trained(model, batch())
        found = evaluated(model, batch()).detections[0]
    assert found["boxes"].dtype == found["scores"].dtype == torch.float32
    full = evaluated(model, batch()).detections[0]
    assert torch.allclose(found["boxes"][:5].sum(), full["boxes"][:5].sum(), rtol=0.3)


def test_the_mean_of_the_weights_is_kept_and_the_size_is_for_detectors(folders: dict[str, str]) -> None:
    model = built(backbone=folders["image/vit"])
    assert model.preprocess == ImagePreprocess(320, 320, (0.5,) * 3, (0.5,) * 3, longest=640)
    assert (model.source, model.family) == (folders["image/vit"], "vit")


def test_frozen_backbones_stay_as_they_are() -> None:
    model = built()
    policy = FreezeBackbone()
    policy.prepare(model.module, [*model.blocks, Block("head", model.head)], 1)
    policy.enter(model.module, 0)
    before = deepcopy(model.module.backbone.state_dict())  # type: ignore[union-attr]
    detected = model.module(**batch())
    sum(detected.losses.values()).backward()
    assert all(value.grad is None for value in model.module.backbone.parameters())  # type: ignore[union-attr]
    after = model.module.backbone.state_dict()  # type: ignore[union-attr]
    assert all(torch.equal(value, after[name]) for name, value in before.items())


def test_copies_run_their_own_weights() -> None:
    model = built()
    copy = deepcopy(model.module).eval()
    with torch.no_grad():
        first = copy(**batch()).losses
        for value in model.module.parameters():
            value.zero_()
        assert copy(**batch()).losses == first


def test_sides_are_multiples_of_the_patch(tmp_path: Path) -> None:
    """DINOv2 has patches of 14, and gives one map; the pyramid makes five of it."""
    config = hf.Dinov2Config(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, mlp_ratio=1, image_size=56, patch_size=14
    )
    config.save_pretrained(tmp_path)
    model = build_on(load(str(tmp_path), "image", weights="none"), "fcos", 3, width=32)
    head: Any = model.module.head
    assert [size for (size,) in head.anchor_generator.sizes] == [7, 14, 28, 56, 112]
    check_evaluation(model, batch(), 3)
    trained(model, batch())
    assert [path for path, value in model.module.named_parameters() if value.grad is None] == []


def test_kinds_and_widths_that_do_not_exist_are_answered() -> None:
    backbone = load(SMALL, "image", weights="none")
    with pytest.raises(ModelError, match=r"'retinanett'. Did you mean 'retinanet'\?"):
        build_on(backbone, "retinanett", 3)
    with pytest.raises(ModelError, match="a multiple of 8, not 100"):
        build_on(backbone, "fcos", 3, width=100)
