"""Finds objects in images, by a network of torchvision: `python predict.py a.jpg b.jpg`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.detection.image_list import ImageList

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import load  # noqa: E402
import whole_images  # noqa: E402

CONFIG = json.loads((HERE / "config.json").read_text(encoding="utf-8"))
SETTINGS = {**CONFIG["image"], "threshold": CONFIG["threshold"], "classes": CONFIG["classes"]}


class Images(ImageList):
    """A batch as torchvision's detectors hand it to their parts; they also ask for each image."""

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self.tensors)


class NoTransform(nn.Module):
    """In place of torchvision's transform, which resizes without antialiasing: images are resized already."""

    def forward(self, images: Images, targets: Any = None) -> tuple[Images, Any]:
        return images, targets

    def postprocess(self, result: Any, *sizes: Any) -> Any:
        """The boxes as they are."""
        return result


# Convolutions are faster so, and give the very numbers that were measured.
NET = load.network().to(memory_format=torch.channels_last)
NET.transform = NoTransform()


@torch.inference_mode()
def network(inputs: dict[str, Any]) -> dict[str, Any]:
    """`pixels` (B, 3, H, W), each image of the height and width `sizes` (B, 2), to its `boxes`, `labels`, `scores`."""
    pixels = torch.as_tensor(inputs["pixels"]).contiguous(memory_format=torch.channels_last)
    pixels = whole_images.padded(pixels, CONFIG["step"])
    found = NET(Images(pixels, [(int(height), int(width)) for height, width in inputs["sizes"]]))
    return {
        f"detections.{index}.{name}": (value - CONFIG["background"] if name == "labels" else value).numpy()
        for index, one in enumerate(found)
        for name, value in one.items()
    }


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """A row for each box in each {"image": a file, bytes or an array}, in pixels of the image."""
    answers = []
    for one in inputs:
        pixels, own = whole_images.seen(one["image"], SETTINGS)
        made = network(whole_images.canvas(pixels, SETTINGS))
        found = {name: made[f"detections.0.{name}"] for name in ("boxes", "labels", "scores")}
        answers.append(whole_images.rows(found, pixels.shape[-2:], own, SETTINGS))
    return answers


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(json.dumps({"image": name, "rows": predict([{"image": name}])[0]}, ensure_ascii=False))
