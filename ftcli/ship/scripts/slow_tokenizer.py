"""The tokenizer, by transformers, as it has no tokenizer.json."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

from transformers import AutoTokenizer

from ftcli.ship.scripts.onnx_runtime import FOLDER
from ftcli.ship.scripts.settings import SETTINGS


@cache
def tokenizer() -> Any:
    """It cuts texts that are too long."""
    return AutoTokenizer.from_pretrained(str(FOLDER), trust_remote_code=False)


def tokenise(texts: list[Any]) -> list[Any]:
    """The tokens of each text, or of a pair (text, text)."""
    options = {"truncation": "longest_first", "max_length": SETTINGS["text"]["max_length"]}
    made = [tokenizer()(*([one] if isinstance(one, str) else one), **options) for one in texts]
    return [SimpleNamespace(ids=one["input_ids"], type_ids=one.get("token_type_ids", [])) for one in made]
