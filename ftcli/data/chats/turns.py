"""Chats in the cells of tables: lists of messages, as OpenAI and ShareGPT have them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ftcli.contracts.chats import ASSISTANT, SYSTEM, USER, Chat, Turn
from ftcli.errors import listing

ROLE_KEYS = ("role", "from")
CONTENT_KEYS = ("content", "value", "text")
# What the speakers are called in data, and what they are.
SPEAKERS = {
    **dict.fromkeys(("user", "human", "prompter"), USER),
    **dict.fromkeys(("assistant", "gpt", "chatgpt", "model", "bot", "ai"), ASSISTANT),
    **dict.fromkeys(("system", "developer"), SYSTEM),
}
_SAID = re.compile(f"""['"](?:{"|".join(ROLE_KEYS)})['"]""")
TOOLS = ("tool", "function", "function_call", "observation", "ipython")


def is_chat(cell: object) -> bool:
    """Whether a cell is a list of messages, each with a role."""
    rows = _messages(cell)
    return bool(rows) and all(isinstance(one, Mapping) and _first(one, ROLE_KEYS) is not None for one in rows)


def messages_in(cell: object) -> object:
    """The messages that a text writes, as JSON or as pandas writes them to a CSV; any other cell as it is."""
    text = cell.strip() if isinstance(cell, str) else ""
    if not (text.startswith("[") and text.endswith("]") and _SAID.search(text)):
        return cell
    for read in (json.loads, ast.literal_eval, _in_array):
        try:
            found = read(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        return found if is_chat(found) else cell
    return cell


def _in_array(text: str) -> Any:
    """The messages of a NumPy array, which has line breaks between them, and no commas."""
    return ast.literal_eval(re.sub(r"\}\n\s*\{", "}, {", text))


def written_chat(text: str) -> Chat | None:
    """The chat that a text writes; None for any other text."""
    found = messages_in(text)
    return chat_of(found) if is_chat(found) else None


def chat_of(cell: object) -> Chat:
    """The turns of a cell that `is_chat`. Raises `ValueError` for an unknown role, and for what is not a text."""
    return Chat(_turn(message, number) for number, message in enumerate(_messages(cell), start=1))


def with_answer(chat: Chat, answer: object) -> Chat:
    """A chat and what is answered to it: a text, or messages of its own. Raises `ValueError` as `chat_of` does."""
    messages = messages_in(answer)
    if isinstance(messages, Chat) or is_chat(messages):
        return Chat((*chat, *(messages if isinstance(messages, Chat) else chat_of(messages))))
    return (
        Chat((*chat, Turn(ASSISTANT, messages))) if isinstance(messages, str) and messages.strip() else chat
    )


def _messages(cell: object) -> Sequence[Any]:
    """The messages of a list; of a mapping of lists, as Arrow has them, those at the same places."""
    if isinstance(cell, Mapping) and cell and all(isinstance(column, list) for column in cell.values()):
        return [dict(zip(cell, values, strict=False)) for values in zip(*cell.values(), strict=False)]
    return cell if isinstance(cell, list | tuple) else ()


def _first(message: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((message[key] for key in keys if message.get(key) is not None), None)


def _turn(message: Mapping[str, Any], number: int) -> Turn:
    said = str(_first(message, ROLE_KEYS))
    role = SPEAKERS.get(said.strip().lower())
    if role is None:
        what = "calls and results of tools are not read" if said.lower() in TOOLS else "that is not known"
        known = listing([SYSTEM, USER, ASSISTANT, "human", "gpt"])
        raise ValueError(f"turn {number} is of the role {said!r}: {what}. Roles are: {known}")
    if message.get("tool_calls") or message.get("function_call"):
        raise ValueError(f"turn {number} calls a tool, and calls of tools are not read")
    content = _first(message, CONTENT_KEYS)
    if isinstance(content, list | tuple):
        content = "".join(_part(part, number) for part in content)
    if not isinstance(content, str):
        raise ValueError(f"turn {number} has {content!r} for its content, which is not a text")
    return Turn(role, content)


def _part(part: object, number: int) -> str:
    """The text of a part, as of {"type": "text", "text": ...}."""
    text = part.get("text") if isinstance(part, Mapping) else part
    if not isinstance(text, str):
        kind = part.get("type") if isinstance(part, Mapping) else type(part).__name__
        raise ValueError(f"turn {number} has a part of type {kind!r}, which is not a text")
    return text
