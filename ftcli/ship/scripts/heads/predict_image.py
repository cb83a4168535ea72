"""Answers for images: `python predict.py a.jpg b.jpg`."""

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

import answers  # noqa: E402
import images  # noqa: E402
import load  # noqa: E402

SETTINGS = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
MODEL = load.network()
# `images.prepared` has resized and cut before; the image processor alone may cut one pixel aside.
PROCESSOR = AutoImageProcessor.from_pretrained(HERE, trust_remote_code=False)
PROCESSOR.do_resize = PROCESSOR.do_center_crop = False
PIPELINE: Any = pipeline(SETTINGS["pipeline"], model=MODEL, image_processor=PROCESSOR)
NAMES = list(MODEL.config.id2label.values())


@torch.inference_mode()
def network(inputs: dict[str, Any]) -> dict[str, Any]:
    """`pixels`, float32 (B, 3, H, W), to `outputs`, as they were trained: numbers are without their unit."""
    found = images.outputs(MODEL, inputs).double()
    return {"outputs": ((found - SETTINGS["mean"]) / SETTINGS["std"]).float().numpy()}


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Rows for each {"image": a file, bytes or an array}."""
    found = []
    for one in inputs:
        pixels = images.prepared(one["image"], SETTINGS["image"]).permute(1, 2, 0).numpy()
        made = PIPELINE(Image.fromarray(np.ascontiguousarray(pixels)), top_k=len(NAMES))
        scores = {answer["label"]: answer["score"] for answer in made}
        found.append(answers.rows(scores, NAMES, MODEL.config.problem_type))
    return found


if __name__ == "__main__":
    for name, answer in zip(sys.argv[1:], predict([{"image": name} for name in sys.argv[1:]]), strict=True):
        print(json.dumps({"image": name, "rows": answer}, ensure_ascii=False))
