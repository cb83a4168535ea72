"""Columns whose cells name files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ftcli.data.discovery.column_profile import profile_columns
from ftcli.data.discovery.named_files import name_files


def pattern(folder: Path, values: Sequence[str]) -> tuple[str, str] | None:
    (column,) = profile_columns(["id"], [{"id": value} for value in values])
    name_files([column], folder)
    return column.pattern


@pytest.mark.parametrize(
    ("files", "values", "wanted"),
    [
        (["a.jpg", "b.jpg"], ["a", "b"], ("image", "{id}.jpg")),
        (["x.png", "wavs/a.wav", "wavs/b.wav"], ["a", "b"], ("audio", "wavs/{id}.wav")),
        (["img/a.png", "img/b.png"], ["a.png", "b.png"], ("image", "img/{id}")),
        (["a.png", "b.png", "thumbs/a.png", "thumbs/b.png"], ["a.png", "b.png"], None),
        (["a.jpg", "b.png"], ["a", "b"], None),
        (["a.jpg"], ["a", "b"], None),
        (["cat.jpg", "dog.jpg"], ["cat", "dog"] * 5, None),
        (["a.csv"], ["a"], None),
    ],
)
def test_every_cell_names_a_file(
    tmp_path: Path, files: Sequence[str], values: Sequence[str], wanted: tuple[str, str] | None
) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    assert pattern(tmp_path, values) == wanted
