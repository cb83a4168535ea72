"""Where the names of YOLO's classes are found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftcli.data.yolo.names import ClassNames, Names, read_names
from ftcli.data.yolo.settings import Settings
from ftcli.errors import DataError


def test_the_nearest_file_has_the_names(tmp_path: Path) -> None:
    labels = tmp_path / "set/labels/train"
    labels.mkdir(parents=True)
    (tmp_path / "classes.txt").write_text("not\nof\nthis\nset\n")
    assert ClassNames(Settings(tmp_path / "set"), tmp_path / "set").of(labels) is None
    (tmp_path / "set/data.yaml").write_text("names: [a, b]")
    assert _found(tmp_path, labels) == ("a", "b")
    (tmp_path / "set/labels/obj.names").write_text("c\nd\n")
    assert _found(tmp_path, labels) == ("c", "d")
    (labels / "classes.txt").write_text("\ufeffe\r\nf g\r\n\r\n", encoding="utf-8")
    assert _found(tmp_path, labels) == ("e", "f g")


def _found(tmp_path: Path, labels: Path) -> tuple[str, ...]:
    found = ClassNames(Settings(tmp_path / "set"), tmp_path / "set").of(labels)
    assert found is not None
    return found.names


def test_a_folder_without_names_has_those_of_the_others(tmp_path: Path) -> None:
    for folder in ("a", "b", "c/.hidden"):
        (tmp_path / folder).mkdir(parents=True)

    def names() -> Names | None:
        return ClassNames(Settings(tmp_path), tmp_path).of(tmp_path / "c")

    assert names() is None
    (tmp_path / "a/classes.txt").write_text("x\ny\n")
    (tmp_path / "c/.hidden/classes.txt").write_text("z\n")
    assert names() == Names(tmp_path / "a/classes.txt", ("x", "y"))
    (tmp_path / "b/obj.names").write_text("x\ny\n")
    assert names() == Names(tmp_path / "a/classes.txt", ("x", "y"))
    (tmp_path / "b/obj.names").write_text("y\nx\n")
    assert names() is None


def test_settings_come_first(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("b\na\n")
    settings = Settings(tmp_path, tmp_path / "data.yaml", names=("a", "b", "a"), classes=2)
    names = ClassNames(settings, tmp_path)
    found = names.of(tmp_path)
    assert found is not None
    assert (found.names, names.known()) == (("a", "b", "a"), ("a", "b"))
    assert [note.removeprefix(f"{tmp_path}/") for note in names.notes()] == [
        "data.yaml: several numbers have the name 'a': they are one class",
        "data.yaml: it says 2 classes and names 3: the names count",
        f"classes.txt: has other names than {tmp_path}/data.yaml, whose names are taken",
    ]
    assert list(names.notes()) == []
    with pytest.raises(DataError, match=r"data\.yaml: names: there is no file all\.names"):
        ClassNames(Settings(tmp_path, tmp_path / "data.yaml", names_file="all.names"), tmp_path).of(tmp_path)


def test_names_that_are_wrong(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("a\n\nb\n")
    with pytest.raises(DataError, match=r"classes\.txt:2: this line is empty: the name of a class is wanted"):
        read_names(tmp_path / "classes.txt")
    with pytest.raises(ValueError, match=r"the class is 2, and there are 2 names in x\.txt"):
        Names(Path("x.txt"), ("a", "b")).of(2)


@pytest.mark.parametrize("numbers", [(1, 0), (1, 2)])
def test_notes_of_label_studio(tmp_path: Path, numbers: tuple[int, ...]) -> None:
    categories = [{"id": number, "name": f"class {number}"} for number in numbers]
    (tmp_path / "notes.json").write_text(json.dumps({"categories": categories}))
    found = ClassNames(Settings(tmp_path), tmp_path).of(tmp_path)
    assert (found and found.names) == (("class 0", "class 1") if 0 in numbers else None)
    (tmp_path / "notes.json").write_text('{"categories": "x"}')
    assert ClassNames(Settings(tmp_path), tmp_path).of(tmp_path) is None
