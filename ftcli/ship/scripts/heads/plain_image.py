"""What transformers' pipeline answers for images by itself, without the `predict.py` of the folder."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from PIL import Image
from transformers import pipeline

sys.path.insert(0, sys.argv[1])

import answers

PIPELINE: Any = pipeline("image-classification", model=sys.argv[1], trust_remote_code=False)
CONFIG = PIPELINE.model.config
NAMES = list(CONFIG.id2label.values())


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Rows for each {"image": a file or an array}."""
    found = []
    for one in inputs:
        image = one["image"]
        given = Image.fromarray(image) if isinstance(image, np.ndarray) else image
        scores = {answer["label"]: answer["score"] for answer in PIPELINE(given, top_k=len(NAMES))}
        found.append(answers.rows(scores, NAMES, CONFIG.problem_type))
    return found
