"""Options as they were written, and bound."""

from __future__ import annotations

import pytest

from ftcli.config.options import Options
from ftcli.config.reader import read_text


def read(text: str) -> Options:
    return Options.read(read_text(text, str)[0].value)


def test_they_are_a_mapping_of_plain_values_and_equal_one() -> None:
    assert read("{lr: 010, deep: {a: [1, x]}}") == {"lr": 10, "deep": {"a": (1, "x")}}
    assert Options({"lr": 1}) == read("lr: 1")


def test_what_a_user_wrote_has_no_arguments_before_it_is_bound() -> None:
    assert not Options.read({}).is_bound
    options = read("lr: 1")
    assert not options.is_bound
    with pytest.raises(AssertionError, match="bound before"):
        _ = options.arguments
    bound = options.bound_to({"lr": 1.0})
    assert bound.is_bound
    assert isinstance(bound.arguments["lr"], float)
    assert isinstance(bound["lr"], int)  # as it was written


def test_what_the_program_chooses_is_an_argument_as_it_is() -> None:
    assert Options.of({"lr": 1}).arguments == {"lr": 1}
    assert (read("lr: 1").bound_to({"lr": 1.0}) | {"decay": 0.5}).arguments == {"lr": 1.0, "decay": 0.5}
    assert not (read("lr: 1") | {"decay": 0.5}).is_bound


def test_they_keep_the_text_of_what_was_written() -> None:
    found = (read("lr: 1.10") | {"decay": 0.5}).written_or_chosen()
    assert (found["lr"].text, found["decay"]) == ("1.10", 0.5)
