"""Continues texts, or answers: `python predict.py "Once upon a time"`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, TextGenerationPipeline, pipeline

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import load  # noqa: E402

SETTINGS = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
MODEL = load.network()
TOKENIZER = AutoTokenizer.from_pretrained(HERE, trust_remote_code=False)


class Continuation(TextGenerationPipeline):
    """The pipeline, which takes prompts as they were in training: without an end, and only the end of long ones."""

    def preprocess(self, prompt_text: str, **options: Any) -> dict[str, Any]:
        """Token ids (1, T) of a prompt."""
        ids = TOKENIZER(prompt_text, add_special_tokens=not SETTINGS["chat"], verbose=False)["input_ids"]
        if not SETTINGS["chat"]:
            ids = ids[:-1] if len(ids) > 1 and ids[-1] == SETTINGS["end"] else ids
        given = torch.tensor([(ids or SETTINGS["nothing"])[-SETTINGS["most"] :]])
        return {"input_ids": given, "attention_mask": torch.ones_like(given), "prompt_text": prompt_text}

    def _forward(self, model_inputs: Any, **options: Any) -> Any:
        torch.manual_seed(SETTINGS["seed"])
        return super()._forward(model_inputs, **options)


PIPELINE: Any = pipeline(
    "text-generation", model=MODEL, tokenizer=TOKENIZER, pipeline_class=Continuation, return_full_text=False
)


@torch.inference_mode()
def network(inputs: dict[str, Any]) -> dict[str, Any]:
    """`input_ids` and `attention_mask` (B, T) to `outputs`: logits (B, T, V), or (N, V) of the places `counted`."""
    given = {name: torch.as_tensor(value) for name, value in inputs.items()}
    counted = given.pop("counted", None)
    if SETTINGS["numbers_positions"]:
        # Some number positions from the left, padding included.
        given["position_ids"] = (given["attention_mask"].cumsum(1) - 1).clamp(min=0)
    logits = MODEL(**given).logits
    return {"outputs": (logits if counted is None else logits[counted]).numpy()}


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """What follows each {"text": ...}; the text may be a list of messages with `role` and `content`."""
    texts = [_prompt(one["text"]) for one in inputs]
    made = PIPELINE(texts, batch_size=len(texts))
    return [[{"label": answers[0]["generated_text"]}] for answers in made]


def _prompt(text: Any) -> str:
    if not SETTINGS["chat"]:
        return f"{text}{SETTINGS['behind']}"
    turns = [{"role": "user", "content": text}] if isinstance(text, str) else list(text)
    if turns[-1]["role"] == "assistant":
        turns = turns[:-1]
    if not SETTINGS["takes_system"] and [turn["role"] for turn in turns[:2]] == ["system", "user"]:
        joined = f"{turns[0]['content']}\n\n{turns[1]['content']}"
        turns = [{"role": "user", "content": joined}, *turns[2:]]
    return str(TOKENIZER.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))


if __name__ == "__main__":
    for text in sys.argv[1:]:
        print(json.dumps({"text": text, "rows": predict([{"text": text}])[0]}, ensure_ascii=False))
