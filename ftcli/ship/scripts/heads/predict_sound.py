"""Answers for sounds: `python predict.py a.wav b.flac`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from transformers import AutoFeatureExtractor, pipeline

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import answers  # noqa: E402
import load  # noqa: E402
import sounds  # noqa: E402

SETTINGS = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
MODEL = load.network()
EXTRACTOR = AutoFeatureExtractor.from_pretrained(HERE, trust_remote_code=False)
PIPELINE: Any = pipeline(SETTINGS["pipeline"], model=MODEL, feature_extractor=EXTRACTOR)
NAMES = list(MODEL.config.id2label.values())


@torch.inference_mode()
def network(inputs: dict[str, Any]) -> dict[str, Any]:
    """`values` and `lengths` to `outputs`, as they were trained: numbers are without their unit."""
    found = sounds.outputs(MODEL, inputs).double()
    return {"outputs": ((found - SETTINGS["mean"]) / SETTINGS["std"]).float().numpy()}


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Rows for each {"audio": a file or bytes}. It is read here, as the pipeline itself needs the program ffmpeg."""
    found = []
    for one in inputs:
        samples = sounds.prepared(one["audio"], SETTINGS["sound"])
        made = PIPELINE({"raw": samples, "sampling_rate": SETTINGS["sound"]["rate"]}, top_k=None)
        scores = {answer["label"]: answer["score"] for answer in made}
        found.append(answers.rows(scores, NAMES, MODEL.config.problem_type))
    return found


if __name__ == "__main__":
    for name, answer in zip(sys.argv[1:], predict([{"audio": name} for name in sys.argv[1:]]), strict=True):
        print(json.dumps({"audio": name, "rows": answer}, ensure_ascii=False))
