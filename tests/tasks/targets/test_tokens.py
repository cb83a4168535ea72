"""Tokens as targets: they are among the inputs."""

from __future__ import annotations

import pytest
import torch

from ftcli.contracts import Example, Target
from ftcli.tasks.targets.tokens import TokenCodec

CODEC = TokenCodec(Target("tokens"))


def test_the_inputs_hold_what_is_learned() -> None:
    assert CODEC.encode(Example("a", {"text": "x"}, True)) is True
    CODEC.collate([True, True])
    logits, ids = torch.zeros(2, 5), torch.tensor([1, 2])
    assert CODEC.measured(logits, ids) == (logits, ids)
    assert set(CODEC.metrics()) == {"perplexity"}


def test_predictions_need_the_text_around() -> None:
    with pytest.raises(TypeError, match="the task makes the predictions of tokens"):
        CODEC.predictions(torch.zeros(1, 5), ["a"])
