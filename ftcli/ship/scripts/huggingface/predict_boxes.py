"""Finds objects in images: `python predict.py a.jpg b.jpg`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torchvision.ops import box_convert, clip_boxes_to_image
from transformers import AutoImageProcessor, ObjectDetectionPipeline, pipeline

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import load  # noqa: E402
import whole_images  # noqa: E402

SETTINGS = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
MODEL = load.network()
CLASSES = list(MODEL.config.id2label.values())
IMAGE = {**SETTINGS["image"], "threshold": SETTINGS["threshold"], "classes": CLASSES}
PROCESSOR = AutoImageProcessor.from_pretrained(HERE, trust_remote_code=False)


class Detection(ObjectDetectionPipeline):
    """The pipeline, which resizes with antialiasing as in training, and gives boxes between whole pixels."""

    def preprocess(self, image: Any, timeout: float | None = None) -> Any:
        """The image on a canvas, and its sizes."""
        pixels, own = whole_images.seen(image, IMAGE)
        made = {name: torch.as_tensor(one) for name, one in whole_images.canvas(pixels, IMAGE).items()}
        return {**made, "own": torch.tensor([own])}

    def _forward(self, model_inputs: Any) -> Any:
        (found,) = detections(model_inputs["pixels"], model_inputs["sizes"])
        return {**found, "seen": model_inputs["sizes"], "own": model_inputs["own"]}

    def postprocess(self, model_outputs: Any, threshold: float = 0.5) -> Any:
        """A row for each box."""
        sizes = model_outputs["seen"][0].tolist(), model_outputs["own"][0].tolist()
        return whole_images.rows(model_outputs, *sizes, IMAGE)


PIPELINE: Any = pipeline("object-detection", model=MODEL, image_processor=PROCESSOR, pipeline_class=Detection)


@torch.inference_mode()
def detections(pixels: Tensor, sizes: Tensor) -> list[dict[str, Tensor]]:
    """The boxes of highest score in each image. With a class for no object a box has one class, else perhaps more."""
    pixels = whole_images.padded(pixels, SETTINGS["step"])
    sizes = sizes.long()
    whole, options = torch.tensor(pixels.shape[-2:]).expand_as(sizes), {}
    if SETTINGS["masks"]:
        rows = torch.arange(pixels.shape[-2]) < sizes[:, :1]
        columns = torch.arange(pixels.shape[-1]) < sizes[:, 1:]
        options["pixel_mask"] = (rows[:, :, None] & columns[:, None, :]).long()
        whole = sizes
    scale = whole.flip(1).repeat(1, 2).float()
    output = MODEL(pixel_values=pixels, **options)
    corners = box_convert(output.pred_boxes, "cxcywh", "xyxy") * scale[:, None]
    found = []
    for values, boxes, size in zip(output.logits, corners, sizes.tolist(), strict=True):
        chances = values.sigmoid()
        if values.shape[-1] > len(CLASSES):
            chances = values.softmax(-1)[:, : len(CLASSES)]
            chances = chances * (chances == chances.amax(-1, keepdim=True))
        scores, places = chances.flatten().topk(min(SETTINGS["most"], chances.numel()))
        kept = scores > SETTINGS["least_score"]
        scores, places = scores[kept], places[kept]
        clipped = clip_boxes_to_image(boxes[places // len(CLASSES)], size)
        found.append({"boxes": clipped, "scores": scores, "labels": places % len(CLASSES)})
    return found


def network(inputs: dict[str, Any]) -> dict[str, Any]:
    """`pixels` (B, 3, H, W), each image of the height and width `sizes` (B, 2), to its `boxes`, `labels`, `scores`."""
    found = detections(torch.as_tensor(inputs["pixels"]), torch.as_tensor(inputs["sizes"]))
    return {
        f"detections.{index}.{name}": value.numpy()
        for index, one in enumerate(found)
        for name, value in one.items()
    }


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """A row for each box in each {"image": a file, bytes or an array}, in pixels of the image."""
    found: list[list[dict[str, Any]]] = [PIPELINE(one["image"]) for one in inputs]
    return found


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(json.dumps({"image": name, "rows": predict([{"image": name}])[0]}, ensure_ascii=False))
