"""Masks for images: `python predict.py a.jpg` says which share of the image each class has."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from transformers import AutoImageProcessor, pipeline

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import images  # noqa: E402
import load  # noqa: E402

SETTINGS = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
MODEL = load.network()
# `images.prepared` has resized before.
PROCESSOR = AutoImageProcessor.from_pretrained(HERE, trust_remote_code=False)
PROCESSOR.do_resize = PROCESSOR.do_center_crop = False
PIPELINE: Any = pipeline(SETTINGS["pipeline"], model=MODEL, image_processor=PROCESSOR)
NAMES = list(MODEL.config.id2label.values())


@torch.inference_mode()
def network(inputs: dict[str, Any]) -> dict[str, Any]:
    """`pixels`, float32 (B, 3, H, W), to `outputs` (B, classes, h, w)."""
    return {"outputs": images.outputs(MODEL, inputs).numpy()}


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """For each {"image": a file, bytes or an array} a row: its mask, of its size, of indices in `NAMES`."""
    found = []
    for one in inputs:
        pixels = images.prepared(one["image"], SETTINGS["image"]).permute(1, 2, 0).numpy()
        mask = np.zeros(pixels.shape[:2], dtype=np.int64)
        for part in PIPELINE(Image.fromarray(np.ascontiguousarray(pixels)), subtask="semantic"):
            mask[np.asarray(part["mask"]) > 0] = NAMES.index(part["label"])
        found.append([{"mask": images.enlarged(mask, one["image"])}])
    return found


if __name__ == "__main__":
    for name, answer in zip(sys.argv[1:], predict([{"image": name} for name in sys.argv[1:]]), strict=True):
        counts = np.bincount(answer[0]["mask"].ravel(), minlength=len(NAMES)) / answer[0]["mask"].size
        shares = {label: round(float(share), 4) for label, share in zip(NAMES, counts, strict=True) if share}
        print(json.dumps({"image": name, "shares": shares}, ensure_ascii=False))
