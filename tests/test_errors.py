"""Messages: no line of theirs can be forged, and none is longer than a screen."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from ftcli.errors import (
    ConfigError,
    DataError,
    Interruption,
    Mistake,
    NotFiniteError,
    command,
    cut,
    did_you_mean,
    listing,
    printable,
    shortened,
)


def test_a_mistake_has_a_place_a_key_and_a_problem() -> None:
    assert str(Mistake("x.yaml:3", "training.epochs", "is 0")) == "x.yaml:3: training.epochs: is 0"
    assert str(Mistake("", "--data", "is missing")) == "--data: is missing"
    assert "\n" not in str(Mistake("x.yaml:3", "a\nb", "is 0"))


def test_very_many_mistakes_are_cut_to_a_screen() -> None:
    error = ConfigError([Mistake("x.yaml", f"k{number}", "is wrong") for number in range(20)])
    assert len(error.mistakes) == 20
    assert str(error).splitlines()[-1] == "... and 6 more"


def test_each_class_makes_an_error_of_mistakes() -> None:
    mistakes = [Mistake("x.yaml:1", "a", "is wrong"), Mistake("", "b", "too")]
    assert ConfigError.of(mistakes).mistakes == tuple(mistakes)
    assert str(DataError.of(mistakes)) == "x.yaml:1: a: is wrong\nb: too"


def test_what_ends_a_training_says_how_to_go_on() -> None:
    assert str(NotFiniteError("the loss is nan", "Lower the rate.")) == "the loss is nan. Lower the rate."
    assert (Interruption(15).status, str(Interruption(2, "Go on."))) == (143, "interrupted. Go on.")


def test_control_characters_are_escapes() -> None:
    assert printable("a\x1b[31mb\n") == "a\\x1b[31mb\\n"


@pytest.mark.parametrize(
    ("name", "answer"),
    [("epocs", " Did you mean 'epochs'?"), ("epochs", ""), ("zzz", ""), ("x" * 101, "")],
)
def test_a_near_name_is_suggested(name: str, answer: str) -> None:
    assert did_you_mean(name, ["epochs", "x" * 100]) == answer


def test_listings_are_short() -> None:
    assert listing([]) == "none"
    assert listing("abc") == "a, b, c"
    assert listing("abcd", limit=2) == "a, b and 2 more"
    assert shortened(["a  long\nname", "y" * 50]) == f"a long name, {'y' * 37}..."
    assert cut("z" * 61) == f"{'z' * 57}..."


def test_a_command_to_copy_is_quoted_for_the_shell() -> None:
    assert command("train", "--resume", Path("runs/x")) == "ftcli train --resume runs/x"
    words = ["predict", "runs/from nothing", "a'b", "$HOME", "*.jpg"]
    assert shlex.split(command(*words)) == ["ftcli", *words]
