"""Inputs of causal language models: texts with their end, prompts with their answers."""

from __future__ import annotations

from typing import Any

import pytest

from ftcli.contracts import Example, TextPreprocess
from ftcli.errors import ConfigError, DataError
from ftcli.tasks.inputs.causal_texts import CausalTexts
from tests.tasks.inputs.test_texts import BAD, FILM, GOOD, SEP, VERY, tokenizer


def texts(*, packed: bool = False, prompted: bool = False, room: int = 2) -> CausalTexts:
    return CausalTexts(TextPreprocess(tokenizer(bert=False), 6), packed=packed, prompted=prompted, room=room)


def made(reader: CausalTexts, text: Any, target: Any = True, **others: Any) -> tuple[list[int], int]:
    (inputs,) = reader.encode_inputs([Example("row 3", {"text": text, **others}, target)])
    return inputs["input_ids"].tolist(), int(inputs["prompt"])


def test_a_text_ends_with_the_end_token_and_is_cut() -> None:
    assert made(texts(), "good film") == ([GOOD, FILM, SEP], 0)
    assert made(texts(), "good bad very film good bad very") == ([GOOD, BAD, VERY, FILM, GOOD, BAD], 0)
    assert len(made(texts(packed=True), "good bad very film good bad very")[0]) == 8
    assert texts(packed=True).packing.length == 6


def test_a_prompt_is_known_and_its_answer_is_learned() -> None:
    assert made(texts(prompted=True), "good", target=True) == ([GOOD, SEP], 0)
    (inputs,) = texts(prompted=True).encode_inputs(
        [Example("a", {"text": "good bad", "target": "film"}, True)]
    )
    assert (inputs["input_ids"].tolist(), inputs["prompt"].item()) == ([GOOD, BAD, FILM, SEP], 2)


def test_an_unlabelled_text_leaves_room_for_its_continuation() -> None:
    assert made(texts(), "good bad very film good", target=None) == ([BAD, VERY, FILM, GOOD], 0)
    with pytest.raises(ConfigError, match=r"generation\.max_new_tokens: 6 leaves no room for a prompt"):
        texts(room=6)


def test_notes_say_what_is_cut() -> None:
    long = "good bad very film good bad very"
    labelled, unlabelled = Example("a", {"text": long}, True), Example("a", {"text": long})
    assert texts().notes([labelled]) == [
        "1 of 1 texts have more than 6 tokens (data.max_length): the rest is cut off"
    ]
    assert texts(packed=True).notes([labelled]) == []
    assert "their beginning is not read" in texts().notes([unlabelled])[0]


def test_pairs_and_what_is_not_a_text_are_refused() -> None:
    with pytest.raises(DataError, match="row 3: 3 is not one text"):
        made(texts(), 3)
    with pytest.raises(DataError, match="row 3: 'a' is not one text"):
        made(texts(), "a", text_pair="b")


def test_the_encoding_says_whether_there_are_prompts() -> None:
    assert texts().encoding != texts(prompted=True).encoding
