"""Answers for images: `python predict.py a.jpg b.jpg`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import answers  # noqa: E402
import images  # noqa: E402
import load  # noqa: E402

CONFIG = json.loads((HERE / "config.json").read_text(encoding="utf-8"))
NAMES, PROBLEM = CONFIG["classes"], CONFIG["problem"]
NET = load.network()


@torch.inference_mode()
def network(inputs: dict[str, Any]) -> dict[str, Any]:
    """`pixels`, float32 (B, 3, H, W), to `outputs`, as they were trained: numbers are without their unit."""
    found = _outputs(torch.as_tensor(inputs["pixels"])).double()
    return {"outputs": ((found - CONFIG["mean"]) / CONFIG["std"]).float().numpy()}


@torch.inference_mode()
def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Rows for each {"image": a file, bytes or an array}; a mask has the size of the image, and indices in `NAMES`."""
    settings = CONFIG["image"]
    found: list[list[dict[str, Any]]] = []
    for one in inputs:
        pixels = images.normalised(images.prepared(one["image"], settings)[None], settings)
        found.append(_rows(_outputs(pixels), one["image"]))
    return found


def _outputs(pixels: Tensor) -> Tensor:
    found: Tensor = images.maps(NET, pixels) if PROBLEM == "segmentation" else NET(pixels)
    return found


def _rows(outputs: Tensor, image: Any) -> list[dict[str, Any]]:
    if PROBLEM == "segmentation":
        size = [CONFIG["image"]["crop"]] * 2
        mask = interpolate(outputs, size=size, mode="bilinear").argmax(1)[0].numpy()
        return [{"mask": images.enlarged(mask, image)}]
    row: Any = outputs[0]
    if PROBLEM == "single_label_classification":
        row = row.softmax(0)
    elif PROBLEM == "multi_label_classification":
        row = row.sigmoid()
    elif CONFIG["scale"]:
        row = row.double() * CONFIG["scale"][1] + CONFIG["scale"][0]
    found: list[dict[str, Any]] = answers.rows(dict(zip(NAMES, row.tolist(), strict=True)), NAMES, PROBLEM)
    return found


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    if "mask" not in row:
        return row
    shares = np.bincount(row["mask"].ravel(), minlength=len(NAMES)) / row["mask"].size
    return {name: round(float(share), 4) for name, share in zip(NAMES, shares, strict=True) if share}


if __name__ == "__main__":
    for name, answer in zip(sys.argv[1:], predict([{"image": name} for name in sys.argv[1:]]), strict=True):
        print(json.dumps({"image": name, "rows": [_shown(row) for row in answer]}, ensure_ascii=False))
