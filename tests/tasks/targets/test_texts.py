"""Texts as targets and predictions."""

from __future__ import annotations

import pytest
import torch

from ftcli.contracts import Example
from ftcli.errors import DataError
from ftcli.tasks.targets.texts import IGNORED, TextCodec
from tests.tiny.speech import letters

CODEC = TextCodec(letters(), 4)


def test_texts_become_tokens_and_are_cut_for_learning_alone() -> None:
    rows = [CODEC.encode(Example("a", {}, text)) for text in ("ab", "abcdef")]
    batch = CODEC.collate(rows)
    assert batch["texts"] == ["ab", "abcdef"]
    assert batch["labels"].shape == (2, 4)
    assert (batch["labels"][0, 2:] == IGNORED).all()
    assert CODEC.texts(batch["labels"][1:]) == ["abcd"]
    assert CODEC.measured(batch["labels"][1:], {"texts": ["abcdef"]}) == (["abcd"], ["abcdef"])


def test_an_empty_text_is_an_end_token() -> None:
    ids, text = CODEC.encode(Example("a", {}, ""))
    assert (ids.tolist(), text) == ([CODEC.tokenizer.eos_token_id], "")


def test_what_is_not_a_text_is_named() -> None:
    with pytest.raises(DataError, match="a: 3 is not a text"):
        CODEC.encode(Example("a", {}, 3))


def test_predictions_are_without_special_tokens() -> None:
    ids = torch.tensor([CODEC.tokenizer("<s> ab </s>")["input_ids"]])
    (one,) = CODEC.predictions(ids, ["a"])
    assert (one.id, one.label) == ("a", "ab")


def test_long_texts_are_counted_and_metrics_are_those_of_texts() -> None:
    (note,) = CODEC.notes([Example("a", {}, "abcdef"), Example("b", {}, "ab"), Example("c", {})])
    assert note == (
        "1 of 2 texts to write have more than 4 tokens (generation.max_new_tokens): the rest is cut off"
    )
    assert set(CODEC.metrics()) == {"translation", "rouge"}
