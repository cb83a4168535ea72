"""Writes a text for each text: `python predict.py "A dog runs."`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import load  # noqa: E402

SETTINGS = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
MODEL = load.network()
TOKENIZER = AutoTokenizer.from_pretrained(HERE, trust_remote_code=False)
for side, code in SETTINGS["languages"].items():
    setattr(TOKENIZER, side, code)


@torch.inference_mode()
def network(inputs: dict[str, Any]) -> dict[str, Any]:
    """`input_ids`, their mask and `decoder_input_ids` to `outputs`: logits (B, T, V) of the tokens after the latter."""
    given = {name: torch.as_tensor(value) for name, value in inputs.items()}
    return {"outputs": MODEL(**given).logits.numpy()}


@torch.inference_mode()
def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The text that is written for each {"text": ...}, as generation_config.json says."""
    texts = [SETTINGS["prefix"] + one["text"] for one in inputs]
    cut = {"truncation": True, "max_length": SETTINGS["max_length"]}
    tokens = TOKENIZER(texts, padding=True, return_tensors="pt", **cut)
    torch.manual_seed(SETTINGS["seed"])
    written = MODEL.generate(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"])
    # Without the token that the decoder starts with.
    made = TOKENIZER.batch_decode(
        written[:, 1:], skip_special_tokens=True, clean_up_tokenization_spaces=False
    )
    return [[{"label": text.strip()}] for text in made]


if __name__ == "__main__":
    for text in sys.argv[1:]:
        print(json.dumps({"text": text, "rows": predict([{"text": text}])[0]}, ensure_ascii=False))
