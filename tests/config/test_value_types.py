"""Type hints as kinds of values."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Any, Literal

import pytest

from ftcli.config.schema import Experiment, Part
from ftcli.config.value_types import (
    REQUIRED,
    Anything,
    Choice,
    Either,
    Listing,
    Named,
    Record,
    Scalar,
    Table,
    kind_of,
    options_of,
)


def test_an_annotation_that_no_yaml_satisfies_is_a_bug_of_the_part() -> None:
    def part(hook: type) -> None: ...

    with pytest.raises(TypeError, match="no YAML value can be"):
        options_of(part)


@pytest.mark.parametrize(
    ("hint", "kind"),
    [
        (int, Scalar(int)),
        (None, Scalar(NoneType)),
        (Any, Anything()),
        (Part, Named()),
        (Literal["a", 1], Choice(("a", 1))),
        (int | None, Either((Scalar(int), Scalar(NoneType)))),
        (tuple[float, float], Listing((Scalar(float), Scalar(float)), True, tuple)),
        (list[int], Listing((Scalar(int),), False, list)),
        (tuple[str, ...], Listing((Scalar(str),), False, tuple)),
        (Mapping[str, int], Table(Scalar(int))),
    ],
)
def test_hints_are_kinds(hint: Any, kind: Any) -> None:
    assert kind_of(hint) == kind


def test_limits_hold_for_numbers_and_choices_for_texts() -> None:
    assert kind_of(int | str, {"minimum": 1}) == Either((Scalar(int, {"minimum": 1}), Scalar(str)))
    assert kind_of(str, {"choices": ("a", "b")}) == Choice(("a", "b"))
    assert kind_of(Mapping[str, Any], {"unbound": True}) == Table(Anything(), unbound=True)


def test_options_are_the_parameters_without_the_reserved_ones() -> None:
    def part(target: int, lr: float, steps: int = 10, **rest: Any) -> None: ...

    options = options_of(part, reserved=("target",))
    assert {name: (one.kind, one.default) for name, one in options.items()} == {
        "lr": (Scalar(float), REQUIRED),
        "steps": (Scalar(int), 10),
    }


def test_the_places_of_an_experiment_are_not_a_key() -> None:
    kind = kind_of(Experiment)
    assert isinstance(kind, Record)
    assert "places" not in kind.fields
    assert kind.fields["task"].help == "What to learn"
