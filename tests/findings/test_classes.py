"""Findings on the sizes of classes, of whole examples and of tags."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.findings.classes import on_classes
from ftcli.findings.corpus import Corpus
from tests.findings.corpora import rows, texts


def found(folder: Path, *tables: list[dict[str, Any]], **keys: Any) -> dict[str, tuple[int, tuple[str, ...]]]:
    splits = texts(folder, *tables, **keys)
    return {one.kind: (one.count, one.places) for one in on_classes(splits, Corpus.of(splits))}


@pytest.mark.parametrize(
    ("sizes", "kinds"),
    [
        ((5, 5), {}),
        ((4, 5), {"tiny-class": (1, ("a: 4 examples",))}),
        ((5, 49), {}),
        ((5, 50), {"unequal-classes": (1, ("a: 5 examples",))}),
        # What is tiny is not told twice.
        ((1, 50), {"tiny-class": (1, ("a: 1 example",))}),
    ],
)
def test_small_and_unequal_classes(sizes: tuple[int, int], kinds: dict[str, Any], tmp_path: Path) -> None:
    assert found(tmp_path, rows(*"a" * sizes[0], *"b" * sizes[1])) == kinds


def test_a_class_that_is_only_named(tmp_path: Path) -> None:
    named = ("zero", "one", "two")
    found_here = found(tmp_path, rows(*"01" * 6), rows("0"), class_names=named)
    assert found_here == {"empty-class": (1, ("two",)), "class-not-in-split": (1, ("one",))}


def test_numbers_and_written_texts_have_no_classes(tmp_path: Path) -> None:
    assert found(tmp_path, rows(*map(str, range(20))), wants="number", label="label") == {}
    assert found(tmp_path, rows(*map(str, range(20))), wants="text", target="label") == {}


def test_tags_are_counted_by_the_texts_that_have_them(tmp_path: Path) -> None:
    given = [{"text": f"['word', '{number}']", "label": "['O', 'B-x']"} for number in range(30)]
    given += [{"text": "['far', 'away']", "label": "['B-y', 'B-y']"}]
    assert found(tmp_path, given, wants="tags") == {"tiny-class": (1, ("B-y: 1 example",))}
