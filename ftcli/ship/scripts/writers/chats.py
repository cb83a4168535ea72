"""Chats to answer as token ids, by the template of the tokenizer."""

from __future__ import annotations

from typing import Any

from ftcli.ship.scripts.settings import SETTINGS
from ftcli.ship.scripts.slow_tokenizer import tokenizer


def prompt_of(text: Any) -> list[int]:
    """The tokens of a chat [{"role": "user", "content": ...}, ...], or of a text that the user says."""
    turns = [{"role": "user", "content": text}] if isinstance(text, str) else [dict(turn) for turn in text]
    if turns[-1]["role"] == "assistant":
        turns = turns[:-1]
    if not SETTINGS["prompt"]["system"] and [turn["role"] for turn in turns[:2]] == ["system", "user"]:
        said = "\n\n".join(turn["content"] for turn in turns[:2])
        turns = [{"role": "user", "content": said}, *turns[2:]]
    written = tokenizer().apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    ids = tokenizer()(written, add_special_tokens=False, verbose=False)["input_ids"]
    return list(ids)[-SETTINGS["prompt"]["most"] :]
