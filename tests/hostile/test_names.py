"""Names from data on their way to a terminal, a table and a YAML file."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
import yaml

from ftcli.runs.outcomes.cells import inert
from tests.hostile.room import Room
from tests.tiny import data as tiny_data

TITLE = "\x1b]0;pwned\x07"  # sets the title of a terminal
CLASSES = [
    f"a{TITLE}", "b\x9b31m", "c\u202egnp", "d\u2028e", "f\x7f\x08\x08", "g\nnote: all is well", "h\r0",
    "=1+cmd|' C calc'!A0", "@SUM(1)", "-2+cmd|' C calc'!A0", "plain", "- Yes.",
]  # fmt: skip


@pytest.fixture(scope="module")
def trained(room: Room, honest: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose classes have such names."""
    folder = tmp_path_factory.mktemp("names")
    tiny_data.class_folders(folder / "photos", CLASSES, per_class=2)
    shutil.copy(honest / "images.yaml", folder)
    ended = room.run(folder, "train", "images.yaml", "data.val=0.5", "output=run")
    assert (ended.status, ended.deeds) == (0, ()), ended
    assert printable(ended.out + ended.err)
    assert printable((folder / "run/log.txt").read_text())
    return folder


def printable(text: str) -> bool:
    return all(char.isprintable() or char == "\n" for char in text)


def test_a_terminal_is_not_steered(room: Room, trained: Path) -> None:
    for arguments in (
        ("eval", "--checkpoint", "run"),
        ("predict", "--checkpoint", "run", "photos"),
        ("predict", "--checkpoint", "run", f"{TITLE}.png"),
        ("train", "images.yaml", f"data.source={TITLE}"),
        ("init", "photos"),
    ):
        ended = room.run(trained, *arguments)
        assert printable(ended.out + ended.err), (arguments, ended)
        assert ended.status in (0, 2)
        assert "\nnote: all is well" not in ended.out + ended.err


def test_json_says_the_same_in_printable_characters(room: Room, trained: Path) -> None:
    out = room.run(trained, "eval", "--checkpoint", "run", "--json").out
    assert printable(out)
    assert {row["class"] for row in json.loads(out)["per_class"]} == set(CLASSES)


def test_the_starter_is_yaml_of_the_same_classes(room: Room, trained: Path) -> None:
    out = room.run(trained, "init", "photos").out
    assert yaml.safe_load(out)["data"]["source"] == "photos"


def test_a_spreadsheet_has_nothing_to_compute(room: Room, trained: Path) -> None:
    arguments = ("predict", "--checkpoint", "run", "photos", "--output", "labels.csv", "--spreadsheet")
    ended = room.run(trained, *arguments)
    assert ended.status == 0, ended
    with (trained / "labels.csv").open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("=", "@")]
    assert not [cell for cell in cells if cell[:1] in ("-", "+") and ("|" in cell or "(" in cell)]


@pytest.mark.parametrize(
    "cell", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "\t=1", " \n@x"]
)
def test_formulas_are_texts(cell: str) -> None:
    assert inert(cell) == f"'{cell}"


@pytest.mark.parametrize(
    "cell", ["-0.5", "+1", "- Yes, I do!", "a=b", "'=1", "", "mail@example.org", -0.5, 3, None]
)
def test_other_cells_are_as_they_were(cell: object) -> None:
    assert inert(cell) is cell
