"""The words for kinds, values and options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pytest

from ftcli.config.messages import instead, near, shown, takes, words
from ftcli.config.reader import read_text
from ftcli.config.schema import Head, Part
from ftcli.config.training_keys import Training
from ftcli.config.value_types import kind_of, options_of


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (int, "a whole number"),
        (float | None, "a number"),
        (tuple[float, float], "a list of 2 numbers"),
        (list[str], "a list of strings"),
        (Literal["a", "b"], "one of a, b"),
        (Mapping[str, float], "a mapping from names to numbers"),
        (Head, "a mapping with hidden, activation, dropout"),
        (Part, "a name, or a mapping with a name and its options"),
        (Any, "a value"),
    ],
)
def test_a_kind_in_words(hint: Any, expected: str) -> None:
    assert words(kind_of(hint)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a: 1}", "a mapping"),
        ("[1]", "a list"),
        ("~", "~"),
        ("010", "010"),
        ("'3'", "'3'"),
        ("x" * 99, f"'{'x' * 56}..."),
    ],
)
def test_a_value_as_it_was_written(text: str, expected: str) -> None:
    assert shown(read_text(text, str)[0]) == expected


def test_what_to_write_in_place_of_an_unknown_key() -> None:
    options = options_of(Training)
    assert instead("lr", options) == " It belongs at 'optimizer.lr'."
    assert instead("batch_size", options) == " It belongs at 'data.batch_size'."
    assert instead("acumulate", options) == " Did you mean 'accumulate' (1)?"
    assert instead("wholly other", options_of(Head)) == " There are: hidden, activation, dropout"
    assert near("wholly other", options) == ""


def test_options_with_their_defaults() -> None:
    assert takes(options_of(Head)) == "hidden (()), activation (relu), dropout (0.0)"
