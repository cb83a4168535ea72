"""Inputs of chats: token ids, and which of them are learned."""

from __future__ import annotations

from typing import Any

import pytest

from ftcli.contracts import Example, TextPreprocess
from ftcli.contracts.chats import Chat, Turn
from ftcli.errors import DataError
from ftcli.tasks.inputs.chat_texts import ChatTexts
from tests.models.language.test_chat_template import CHAT, CHATML, tokenizer


def texts(max_length: int = 64, room: int = 8) -> ChatTexts:
    return ChatTexts(TextPreprocess(tokenizer(CHATML), max_length), room=room)


def made(reader: ChatTexts, text: Any, target: Any = True, **others: Any) -> tuple[str, str]:
    """The tokens, and those of them that are learned."""
    (inputs,) = reader.encode_inputs([Example("row 3", {"text": text, **others}, target)])
    ids, learned = inputs["input_ids"], inputs["learned"].bool()
    assert len(ids) == len(learned) <= reader.max_length
    return reader.tokenizer.decode(ids), reader.tokenizer.decode(ids[learned])


def test_answers_are_learned() -> None:
    whole, learned = made(texts(), CHAT)
    assert learned == "good<|im_end|>so bad <|im_end|>"
    assert made(texts(), Chat((*CHAT, Turn("user", "more"))))[0] == whole


def test_a_text_is_a_turn_of_the_user() -> None:
    asked = "<|im_start|>user\na b<|im_end|>\n<|im_start|>assistant\n"
    assert made(texts(), "a b", None) == (asked, "")
    (inputs,) = texts().encode_inputs([Example("1", {"text": "a b", "target": "good"}, True)])
    assert texts().tokenizer.decode(inputs["input_ids"]) == f"{asked}good<|im_end|>\n"


def test_the_answer_of_a_chat_to_be_answered_is_not_read() -> None:
    whole, learned = made(texts(), CHAT, None)
    assert whole.endswith("<|im_start|>user\nbad<|im_end|>\n<|im_start|>assistant\n")
    assert learned == ""


def test_a_long_chat_keeps_an_answer() -> None:
    whole, learned = made(texts(30, 4), CHAT)
    assert (whole[:18], learned) == ("<|im_start|>system", "good<|im_end|>")
    whole, learned = made(texts(12, 4), CHAT)
    assert whole.endswith("so bad <|im_end|>\n")
    assert learned == "so bad <|im_end|>"
    assert texts(12, 4).notes([Example("1", {"text": CHAT}, True)]) == [
        "1 of 1 chats have more than 12 tokens (data.max_length): the end is cut off, or the beginning where no answer "
        "were left"
    ]
    assert "their beginning is not read" in texts(12, 4).notes([Example("1", {"text": CHAT})])[0]


def test_a_system_that_has_no_place_is_noted() -> None:
    reader = texts()
    reader.template.takes_system = False
    assert reader.notes(
        [Example("1", {"text": CHAT}, True), Example("2", {"text": Chat(CHAT[1:])}, True)]
    ) == [
        "1 of 2 chats begin with the system, which the template does not take: its turn is joined to the user's"
    ]


@pytest.mark.parametrize(
    ("text", "target", "words"),
    [
        (Chat(CHAT[:2]), True, "row 3: this chat has no turn of the assistant"),
        (Chat(CHAT[2:3]), None, "row 3: this chat has no turn before the answer"),
        (3, True, "row 3: 3 is neither a chat nor a text"),
    ],
)
def test_what_is_no_chat_is_refused(text: Any, target: Any, words: str) -> None:
    with pytest.raises(DataError) as error:
        made(texts(), text, target)
    assert words in str(error.value)


def test_the_template_decides_the_encoding() -> None:
    other = ChatTexts(TextPreprocess(tokenizer(None), 64), room=8)
    assert texts().encoding != other.encoding
    assert texts().encoding == texts().encoding
