"""The signature is the schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pytest

from ftcli.config import binding
from ftcli.config.binding import bind_options
from ftcli.config.options import Options
from ftcli.config.places import Places
from ftcli.config.reader import read_text
from ftcli.config.schema import Part
from ftcli.config.value_types import kind_of
from ftcli.errors import ConfigError, Mistake
from tests.config.written import written

if TYPE_CHECKING:
    from torch import nn


class Adam:
    def __init__(
        self,
        model: nn.Module,
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        steps: int = 10,
        weights: Literal["balanced"] | Mapping[str, float] | None = None,
        patterns: Sequence[str] = (),
        verbose: bool = False,
        **rest: Any,
    ) -> None: ...


@dataclass
class Rate:
    lr: float = field(default=0.1, metadata={"exclusive_minimum": 0})
    warmup: int = field(default=0, metadata={"minimum": 0, "maximum": 9})


def decay(gamma: float, every: list[int], inner: Rate | None = None, anything: Any = 1) -> None: ...


PLACES = Places({"optimizer": "x.yaml:7", "optimizer.betas": "x.yaml:8", "optimizer.betas[1]": "x.yaml:9"})


def bound(target: Any = Adam, **options: Any) -> Mapping[str, Any]:
    return bind(Part("adam", written(options, "optimizer", PLACES)), target)


def bind(part: Part, target: Any) -> Mapping[str, Any]:
    return bind_options(part, target, "optimizer", PLACES, reserved=("model",)).arguments


def mistakes(target: Any = Adam, **options: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        bound(target, **options)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_only_what_was_written_is_bound_with_the_types_of_the_signature() -> None:
    options = bound(lr=1, betas=(0, 0.5), steps=3.0, weights={"a": 2}, patterns=("x", 3, True))
    assert options == {
        "lr": 1.0, "betas": (0.0, 0.5), "steps": 3, "weights": {"a": 2.0}, "patterns": ("x", "3", "true")
    }  # fmt: skip
    assert [type(options[name]) for name in ("lr", "steps")] == [float, int]
    assert bound(lr=0.1) == {"lr": 0.1}


def test_functions_lists_nested_dataclasses_and_anything() -> None:
    options = bound(decay, gamma=0.5, every=(1, 2), inner={"lr": 1}, anything={"a": (1,)})
    assert options == {"gamma": 0.5, "every": [1, 2], "inner": Rate(1.0), "anything": {"a": (1,)}}


@pytest.mark.parametrize("weights", ["balanced", None])
def test_unions_take_each_of_their_members(weights: str | None) -> None:
    assert bound(lr=0.1, weights=weights)["weights"] == weights


def test_numbers_keep_their_text_where_text_is_wanted() -> None:
    tree, _ = read_text("{lr: 0.1, patterns: [010, 1.10, 1e-4]}", str)
    part = Part("adam", Options.read(tree.value))
    assert bind(part, Adam)["patterns"] == ("010", "1.10", "1e-4")


def test_options_are_bound_once() -> None:
    once = bind_options(Part("rate", written({"lr": 1}, "optimizer", PLACES)), Rate, "optimizer", PLACES)
    # A second binding would refuse `lr`, which `decay` does not have.
    assert bind_options(Part("rate", once), decay, "optimizer", PLACES) is once


def test_what_the_program_chooses_needs_no_check_and_counts_as_given() -> None:
    part = Part("adam", written({"steps": 3.0}, "optimizer", PLACES)).choosing(lr=0.5)
    assert bind(part, Adam) == {"lr": 0.5, "steps": 3}
    assert bind(Part("adam", {"lr": 0.5}), Adam) == {"lr": 0.5}


@pytest.mark.parametrize(
    ("options", "mistake"),
    [
        ({}, "x.yaml:7: optimizer.lr: is required: a number"),
        (
            {"lr": 1, "stpes": 3},
            "x.yaml:7: optimizer.stpes: adam takes no option 'stpes'. Did you mean 'steps' (10)? It takes: "
            "lr (required), betas ((0.9, 0.999)), steps (10), weights (none), patterns (()), verbose (false)",
        ),
        ({"lr": 1, "model": 3}, "adam takes no option 'model'"),
        ({"lr": 1, "rest": 3}, "adam takes no option 'rest'"),
        ({"lr": "1"}, "optimizer.lr: should be a number, not '1'; remove the quotes"),
        ({"lr": True}, "optimizer.lr: should be a number, not true"),
        ({"lr": None}, "optimizer.lr: should be a number, not null"),
        ({"lr": float("nan")}, "optimizer.lr: should be a finite number, not nan"),
        ({"lr": 1, "steps": 3.5}, "optimizer.steps: should be a whole number, not 3.5"),
        ({"lr": 1, "steps": 10**30}, "optimizer.steps: should be less than 2^63"),
        ({"lr": 1, "steps": (1,)}, "optimizer.steps: should be a whole number, not a list"),
        (
            {"lr": 1, "betas": (0.9,)},
            "x.yaml:8: optimizer.betas: should be a list of 2 numbers, not 1 of them",
        ),
        ({"lr": 1, "betas": 0.9}, "optimizer.betas: should be a list of 2 numbers, not 0.9; write [0.9]"),
        ({"lr": 1, "betas": (0.9, "x")}, "x.yaml:9: optimizer.betas[1]: should be a number, not 'x'"),
        (
            {"lr": 1, "weights": "balancd"},
            "should be balanced or a mapping from names to numbers, not 'balancd'. Did you mean 'balanced'?",
        ),
        ({"lr": 1, "weights": {"a": "x"}}, "x.yaml:7: optimizer.weights.a: should be a number, not 'x'"),
        ({"lr": 1, "verbose": 1}, "optimizer.verbose: should be true or false, not 1"),
        ({"lr": 1, "verbose": "no"}, "optimizer.verbose: should be true or false, not 'no'"),
        ({"lr": 1, "patterns": "x"}, "optimizer.patterns: should be a list of strings, not 'x'; write [x]"),
        ({"lr": 1, "patterns": ("",)}, "optimizer.patterns[0]: is an empty string"),
    ],
)
def test_wrong_options(options: dict[str, Any], mistake: str) -> None:
    assert any(mistake in one for one in mistakes(**options)), mistakes(**options)


def test_every_wrong_option_is_reported() -> None:
    assert len(mistakes(lr="x", steps=0.5, foo=1)) == 3


def test_limits_of_a_part_that_is_a_dataclass() -> None:
    assert bound(Rate, lr=0.5, warmup=9) == {"lr": 0.5, "warmup": 9}
    assert "should be more than 0, not 0" in mistakes(Rate, lr=0)[0]
    assert "should be at least 0, not -1" in mistakes(Rate, warmup=-1)[0]
    assert "should be at most 9, not 10" in mistakes(Rate, warmup=10)[0]


def test_a_part_without_options_says_so() -> None:
    assert "It takes: none" in mistakes(lambda: None, lr=1)[0]


def test_a_parameter_without_annotation_takes_anything() -> None:
    def part(x, y=2):  # type: ignore[no-untyped-def]
        ...

    assert bound(part, x={"a": 1}) == {"x": {"a": 1}}


@pytest.mark.parametrize(
    ("text", "hint", "value"),
    [
        ("1_000", int, 1000), ("1_000.5", float, 1000.5), ("1_000", str, "1_000"), ("1e3", int, 1000),
        ("5", str | float, 5.0), ("five", str | float, "five"), ("'5'", str | float, "5"), ("3", int | float, 3),
        ("3.0", int | float, 3.0), ("3", float | int, 3), ("true", bool | int, True), ("1", Literal[1, "a"], 1),
        ("[1, [2]]", tuple[Any, ...], (1, (2,))), ("~", int | None, None), ("no", Literal["no", "yes"], "no"),
        ("1", Literal["1", "2"], "1"), ("{a: [1]}", dict[str, list[int]], {"a": [1]}),
    ],
)  # fmt: skip
def test_hints_and_what_they_take(text: str, hint: Any, value: Any) -> None:
    node, _ = read_text(text, str)
    found: list[Mistake] = []
    result = binding.bind(node, kind_of(hint), "k", found)
    assert (result, type(result), found) == (value, type(value), [])
