"""Tiny sentences with tagged words, and makers of files of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

SENTENCES = (
    ("the food in Paris was great", "O O O B-place O O"),
    ("Ann Smith was bad", "B-person I-person O O"),
    ("the room of Bob was dirty", "O O O B-person O O"),
    ("New York was good", "B-place I-place O O"),
)

Rows = list[tuple[list[str], list[str]]]


def tagged(size: int) -> Rows:
    """Words and tags of some sentences."""
    chosen = (SENTENCES[number % len(SENTENCES)] for number in range(size))
    return [(words.split(), tags.split()) for words, tags in chosen]


def conll(path: Path, rows: Iterable[tuple[list[str], list[str]]], mark: str = "\t") -> Path:
    """A word and its tag on each line, and a blank line below each sentence."""
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = ["".join(f"{word}{mark}{tag}\n" for word, tag in zip(*row, strict=True)) for row in rows]
    path.write_text("\n".join(blocks), encoding="utf-8")
    return path
