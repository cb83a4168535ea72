"""Tags of words: `python predict.py "a sentence"`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, pipeline

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import load  # noqa: E402
import splitting  # noqa: E402
import texts  # noqa: E402

SETTINGS = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
MODEL = load.network()
TOKENIZER = AutoTokenizer.from_pretrained(HERE, trust_remote_code=False)
PIPELINE: Any = pipeline(SETTINGS["pipeline"], model=MODEL, tokenizer=TOKENIZER)


@torch.inference_mode()
def network(inputs: dict[str, Any]) -> dict[str, Any]:
    """Token ids (B, T) to `outputs` (B, T, tags)."""
    return {"outputs": texts.outputs(MODEL, inputs).numpy()}


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """A row for each word of each {"text": a text, or its words}: the tag at the first token of the word."""
    return [_rows(splitting.words_of(one["text"])) for one in inputs]


def _rows(words: list[str]) -> list[dict[str, Any]]:
    spaced = [word if index == 0 else SETTINGS["space"] + word for index, word in enumerate(words)]
    found = {token["index"]: token for token in _tokens(spaced)}
    cut = {"truncation": True, "max_length": SETTINGS["max_length"]}
    places = TOKENIZER(spaced, is_split_into_words=True, **cut).word_ids() if words else []
    rows = []
    for index, word in enumerate(words):
        # Of a word beyond the longest text nothing is known.
        row = {"position": index + 1, "word": word, "label": SETTINGS["outside"], "probability": None}
        token = found.get(places.index(index)) if index in places else None
        if token is not None:
            row |= {"label": token["entity"], "probability": round(float(token["score"]), 6)}
        rows.append(row)
    return rows


def _tokens(words: list[str]) -> list[dict[str, Any]]:
    if not words:
        return []
    found: list[dict[str, Any]] = PIPELINE([words], is_split_into_words=True, ignore_labels=[])[0]
    return found


if __name__ == "__main__":
    for text, answer in zip(sys.argv[1:], predict([{"text": text} for text in sys.argv[1:]]), strict=True):
        print(json.dumps({"text": text, "rows": answer}, ensure_ascii=False))
