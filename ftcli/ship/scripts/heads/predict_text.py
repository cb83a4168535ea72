"""Answers for texts: `python predict.py "a text" "another"`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, pipeline

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import answers  # noqa: E402
import load  # noqa: E402
import texts  # noqa: E402

SETTINGS = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
MODEL = load.network()
TOKENIZER = AutoTokenizer.from_pretrained(HERE, trust_remote_code=False)
PIPELINE: Any = pipeline(SETTINGS["pipeline"], model=MODEL, tokenizer=TOKENIZER)
NAMES = list(MODEL.config.id2label.values())


@torch.inference_mode()
def network(inputs: dict[str, Any]) -> dict[str, Any]:
    """Token ids (B, T) to `outputs`, as they were trained: numbers are without their unit."""
    found = texts.outputs(MODEL, inputs).double()
    return {"outputs": ((found - SETTINGS["mean"]) / SETTINGS["std"]).float().numpy()}


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Rows for each {"text": ...}, or {"text": ..., "text_pair": ...}."""
    cut = {"truncation": True, "max_length": SETTINGS["max_length"]}
    found = []
    for one in inputs:
        given = {key: one[key] for key in ("text", "text_pair") if one.get(key) is not None}
        if not TOKENIZER(**given)["input_ids"]:
            # A network cannot read nothing.
            given = {"text": TOKENIZER.eos_token or TOKENIZER.bos_token or TOKENIZER.pad_token}
        made = PIPELINE(given, top_k=None, **cut)
        scores = {answer["label"]: answer["score"] for answer in made}
        found.append(answers.rows(scores, NAMES, MODEL.config.problem_type))
    return found


if __name__ == "__main__":
    for text, answer in zip(sys.argv[1:], predict([{"text": text} for text in sys.argv[1:]]), strict=True):
        print(json.dumps({"text": text, "rows": answer}, ensure_ascii=False))
