"""Scalars of YAML 1.2, and the places and texts of values."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ftcli.config.reader import read_text
from ftcli.config.tree import Node, places_of, plain, resolve


def read(text: str) -> tuple[Node, list[str]]:
    tree, mistakes = read_text(text, lambda line: f"x.yaml:{line}")
    return tree, [str(mistake) for mistake in mistakes]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4), ("1E3", 1000.0), (".5", 0.5), ("-1.", -1.0), ("+3", 3), ("010", 10), ("0x1F", 31),
        ("0o17", 15), (".inf", math.inf), ("-.Inf", -math.inf), ("true", True), ("False", False), ("", None),
        ("~", None), ("null", None), ("no", "no"), ("Yes", "Yes"), ("on", "on"), ("12:30:45", "12:30:45"),
        ("2024-01-01", "2024-01-01"), ("inf", "inf"), ("nan", "nan"), ("1_000", "1_000"), ("0b1", "0b1"),
        ("1e", "1e"), (".", "."), ("-", "-"), ("9" * 5000, "9" * 5000), ("tRue", "tRue"),
    ],
)  # fmt: skip
def test_plain_scalars_follow_yaml_1_2(text: str, value: Any) -> None:
    assert (resolve(text), type(resolve(text))) == (value, type(value))


def test_nan_is_a_float() -> None:
    assert math.isnan(resolve(".nan"))


def test_quoted_scalars_are_text() -> None:
    tree, _ = read("a: '1'\nb: \"true\"\nc: |\n  no\n")
    assert plain(tree) == {"a": "1", "b": "true", "c": "no\n"}
    assert tree.value["a"].text is None


def test_every_key_has_a_place() -> None:
    tree, _ = read(
        "task: t\n\ntraining:\n  epochs: 3\n  deep: {a: 1,\n    b: 2}\nclasses:\n- x\n- {y: z}\nlist: [1,\n 2]\n"
    )
    assert dict(places_of(tree)) == {
        "task": "x.yaml:1", "training": "x.yaml:3", "training.epochs": "x.yaml:4", "training.deep": "x.yaml:5",
        "training.deep.a": "x.yaml:5", "training.deep.b": "x.yaml:6", "classes": "x.yaml:7",
        "classes[0]": "x.yaml:8", "classes[1]": "x.yaml:9", "classes[1].y": "x.yaml:9", "list": "x.yaml:10",
        "list[0]": "x.yaml:10", "list[1]": "x.yaml:11",
    }  # fmt: skip


def test_numbers_remember_how_they_were_written() -> None:
    tree, _ = read("a: [010, 1.10, 1e-4, 3]")
    assert plain(tree)["a"] == (10, 1.1, 1e-4, 3)
    assert [node.text for node in tree.value["a"].value] == ["010", "1.10", "1e-4", "3"]
