"""Tables that name colours or values."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.data.masks.colour_table import ClassTable, class_table
from ftcli.errors import DataError

COLOURS = {0: "ground", 0x800000: "red house", 0xFF: "sea"}


@pytest.mark.parametrize(
    "text",
    [
        "# label:color_rgb:parts:actions\nground:0,0,0::\nred house:128,0,0::\nsea:0,0,255::\n",
        "name,r,g,b\nground,0,0,0\nred house,128,0,0\nsea,0,0,255\n",
        "0 0 0\tground\n128 0 0\tred house\n0 0 255\tsea\n",
        "0 0 0 ground\n128 0 0 red house\n\n0 0 255 sea\n",
    ],
)
def test_colours(tmp_path: Path, text: str) -> None:
    (tmp_path / "labelmap.txt").write_text(text)
    assert class_table(tmp_path / "none", tmp_path) == ClassTable(tmp_path / "labelmap.txt", COLOURS)


@pytest.mark.parametrize(
    "text", ["Pixel Value, Class\n0, ground\n255, plum\n", "ground,0\nplum,255\n", "0 ground\n255 plum\n"]
)
def test_values(tmp_path: Path, text: str) -> None:
    (tmp_path / "_classes.csv").write_text(text)
    assert class_table(tmp_path).values == {0: "ground", 255: "plum"}


def test_other_tables_are_let_be(tmp_path: Path) -> None:
    assert class_table(tmp_path) == ClassTable()
    (tmp_path / "classes.csv").write_text("file,class\na.jpg,cat\nb.jpg,dog\n")
    assert class_table(tmp_path) == ClassTable()
    (tmp_path / "classes.csv").write_text("1,cat\n1,dog\n")
    assert class_table(tmp_path) == ClassTable()


def test_mistakes(tmp_path: Path) -> None:
    (tmp_path / "class_dict.csv").write_text("cat,1,2,3\ndog,1,2,3\n")
    with pytest.raises(DataError, match="'cat' and 'dog' have the same colour"):
        class_table(tmp_path)
    (tmp_path / "class_dict.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="cannot be read as a table of classes"):
        class_table(tmp_path)
