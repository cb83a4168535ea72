"""Overrides in several words."""

from __future__ import annotations

import pytest

from ftcli.cli.overrides import joined
from tests.running import Command


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


@pytest.mark.parametrize(
    ("option", "key"),
    [("--epochs", "training.epochs"), ("--batch-size", "data.batch_size"), ("--lr", "optimizer.lr")],
)
def test_a_key_that_is_taken_for_an_option(ftcli: Command, option: str, key: str) -> None:
    words = f"{option} is a key of the YAML, not an option: write {key}=VALUE behind the data"
    assert words in ftcli.refused("train", "photos", option, "3")


def test_what_is_neither_an_option_nor_a_key(ftcli: Command) -> None:
    assert "No such option: --frobnicate" in ftcli.refused("train", "photos", "--frobnicate")
