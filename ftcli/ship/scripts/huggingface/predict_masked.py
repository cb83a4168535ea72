"""Fills the gaps of texts: `python predict.py "a [MASK] film"`, with the tokenizer's own mark of a gap."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, pipeline

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import load  # noqa: E402

SETTINGS = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
MODEL = load.network()
TOKENIZER = AutoTokenizer.from_pretrained(HERE, trust_remote_code=False)
PIPELINE: Any = pipeline("fill-mask", model=MODEL, tokenizer=TOKENIZER, top_k=1)
CUT = {"truncation": True, "max_length": SETTINGS["max_length"]}


@torch.inference_mode()
def network(inputs: dict[str, Any]) -> dict[str, Any]:
    """Token ids and their mask (B, T) to `outputs`: the logits (N, V) of the N places that are `counted`."""
    given = {name: torch.as_tensor(value) for name, value in inputs.items()}
    counted = given.pop("counted")
    return {"outputs": MODEL(**given).logits[counted].numpy()}


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Each {"text": ...} with its gaps filled by the likeliest tokens, and the product of their probabilities."""
    return [[_filled(one["text"])] for one in inputs]


def _filled(text: str) -> dict[str, Any]:
    ids = TOKENIZER(text, **CUT)["input_ids"]
    made = PIPELINE(text, tokenizer_kwargs=CUT)
    # With one gap the list of its tokens, with more a list of these.
    best = iter([made[0]] if isinstance(made[0], dict) else [gap[0] for gap in made])
    chosen = [
        next(best) if token == TOKENIZER.mask_token_id else {"token": token, "score": 1.0} for token in ids
    ]
    probability = math.prod(one["score"] for one in chosen)
    written = TOKENIZER.decode([one["token"] for one in chosen], skip_special_tokens=True)
    return {"label": written, "probability": round(probability, 6)}


if __name__ == "__main__":
    for text in sys.argv[1:]:
        print(json.dumps({"text": text, "rows": predict([{"text": text}])[0]}, ensure_ascii=False))
