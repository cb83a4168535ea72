"""Detectors as graphs: the same boxes, image by image or together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ftcli.config.schema import Model
from ftcli.contracts import Backbone, Example, ImagePreprocess
from ftcli.models.backbones.features import VectorLoader
from ftcli.models.detection.new_head import build_on
from ftcli.models.load import load_backbone
from ftcli.models.request import Request
from ftcli.ship.graphs.detectors import ONE_BY_ONE
from ftcli.ship.graphs.regions import OneImage
from ftcli.ship.graphs.torch_export import TorchExporter
from ftcli.ship.parity.comparing import compare_rows
from tests.ship.graphs.exported import check_outputs, imported, likeliest_rows, predictor_of
from tests.tasks import cases
from tests.tiny import models as tiny_models
from tests.tiny.detectors import DETECTORS


def photographs() -> list[Example]:
    """Of different sizes, so that there are zeros beside some; and one of two is longer than its canvas allows."""
    sizes = [(64, 96), (40, 50), (90, 60)]
    random, boxes = np.random.default_rng(0), cases.boxes()
    images = [random.integers(256, size=(*size, 3), dtype=np.uint8) for size in sizes]
    return [Example(str(n), {"image": image}, boxes[n % 2]) for n, image in enumerate(images)]


def on_resnet(folder: Path, kind: str) -> Backbone:
    """A detector of torchvision on a tiny classifier."""
    torch.manual_seed(0)
    request = Request(Model(tiny_models.resnet(folder / "resnet")), "image")
    detector = build_on(VectorLoader().load(request), kind, 2, width=16)
    assert isinstance(detector.preprocess, ImagePreprocess)
    return replace(detector, preprocess=replace(detector.preprocess, resize=64, crop=64, longest=96))


@pytest.mark.parametrize("kind", ["faster-rcnn", "fcos", "retinanet", "ssd"])
def test_one_image_at_a_time_is_what_torchvision_finds(kind: str, tmp_path: Path) -> None:
    predictor = predictor_of("object-detection", on_resnet(tmp_path, kind))
    batch = predictor.batch([replace(one, target=None) for one in photographs()])
    with torch.no_grad():
        wanted = predictor.outputs(batch).detections
        alone = OneImage(predictor.model.backbone)
        found = [
            alone(pixels[None], size[None])
            for pixels, size in zip(batch.inputs["pixels"], batch.inputs["sizes"], strict=True)
        ]
    for one, other in zip(wanted, found, strict=True):
        assert len(one["boxes"]) == len(other["boxes"]) > 5
        assert torch.allclose(one["scores"], other["scores"], atol=1e-5)
        matched = (one["boxes"][:, None] - other["boxes"][None]).abs().amax(2).amin(1)
        assert (matched < 1e-3).float().mean() > 0.95  # of boxes that are as likely some may be others


def test_a_detector_of_torchvision_leaves_pytorch(tmp_path: Path) -> None:
    predictor = predictor_of("object-detection", on_resnet(tmp_path, "ssd"))
    task: Any = predictor.task
    task.threshold = 0.2
    assert ONE_BY_ONE in TorchExporter().write(predictor, tmp_path)
    script = imported(tmp_path / "predict.py")
    check_outputs(predictor, script, photographs())
    rows = likeliest_rows(predictor, photographs())
    found = script.predict([dict(one.inputs) for one in photographs()])
    assert all(map(compare_rows, "abc", rows, found))
    assert {"left", "label"} <= rows[0][0].keys()


# With a mask of padding, squashed to one size, and with neither: boxes are then parts of the padded image.
@pytest.mark.parametrize("name", ["detr", "rt_detr", "yolos"])
def test_a_detector_of_transformers_leaves_pytorch(name: str, tmp_path: Path) -> None:
    request = Request(Model(DETECTORS[name](tmp_path / "net")), "image", outputs=2)
    torch.manual_seed(0)
    detector = load_backbone("detector", request)
    assert isinstance(detector.preprocess, ImagePreprocess)
    if name == "rt_detr":  # which takes one size, as those that are published do
        detector = replace(detector, preprocess=replace(detector.preprocess, squash=True))
    predictor = predictor_of("object-detection", detector)
    TorchExporter().write(predictor, tmp_path)
    script = imported(tmp_path / "predict.py")
    check_outputs(predictor, script, photographs())
    rows = likeliest_rows(predictor, photographs())
    found = script.predict([dict(one.inputs) for one in photographs()])
    assert all(map(compare_rows, "abc", rows, found))
