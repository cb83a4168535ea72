"""Overrides in several words."""

from __future__ import annotations

import pytest

from ftcli.cli.overrides import joined


@pytest.mark.parametrize(
    ("words", "overrides"),
    [
        (["optimizer.lr", "=", "0.01"], ["optimizer.lr=0.01"]),
        (["optimizer.lr", "=0.01"], ["optimizer.lr=0.01"]),
        (["optimizer.lr=", "0.01", "training.epochs=2"], ["optimizer.lr=0.01", "training.epochs=2"]),
        (["a=1", "data.val", "=", "index < 5", "b", "=", "x=y"], ["a=1", "data.val=index < 5", "b=x=y"]),
        (["training.clip=", "optimizer.lr=0.1"], ["training.clip=", "optimizer.lr=0.1"]),
        (["training.epochs", "3"], ["training.epochs", "3"]),
        (["=", "3"], ["=", "3"]),
        ([], []),
    ],
)
def test_words_are_joined_around_the_sign(words: list[str], overrides: list[str]) -> None:
    assert joined(words) == overrides
