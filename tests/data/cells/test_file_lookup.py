"""Files that are meant by names that none has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ftcli.data.cells.file_lookup import Found, find_files, spellings
from ftcli.media.formats import IMAGE_FILES


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("img/a.png", "img/b b.png", "img/c.JPG", "img/d.png", "img/d.jpg", "up.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def found(
    names: Sequence[str], root: Path, named: Callable[[str], bool] | None = lambda path: False
) -> Found:
    return find_files(names, root, IMAGE_FILES, named=named)


@pytest.mark.parametrize(
    ("name", "wanted", "way"),
    [
        ("img\\a.png", "img/a.png", "with / for \\"),
        (" img/a.png", "img/a.png", "without the spaces"),
        ("img/b%20b.png", "img/b b.png", "read as an address"),
        ("file://{root}/img/b%20b.png", "img/b b.png", "read as an address"),
        ("file://localhost{root}/img/a.png", "img/a.png", "read as an address"),
        ("file:img/a.png", "img/a.png", "read as an address"),
        ("img/a", "img/a.png", "with an ending added"),
        ("IMG\\C", "img/c.JPG", "with other capitals"),
        ("./img/../img/c.jpg", "img/c.JPG", "with other capitals"),
    ],
)
def test_one_file_is_meant(root: Path, name: str, wanted: str, way: str) -> None:
    name = name.replace("{root}", str(root))
    one = found([name], root)
    assert {at: Path(path) for at, path in one.paths.items()} == {0: root / wanted}
    assert way in one.words([name], root)
    assert one.words([name], root).endswith(f"(1): {name} is {wanted}")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("img/d", "it may be any of img/d.jpg, img/d.png"),
        ("img/a.jpg", "there is img/a.png"),
        ("C:\\img\\a.png", "it is an address"),
        ("https://example.org/a.png", "it is an address"),
        ("img/x.png", None),
    ],
)
def test_nothing_is_guessed(root: Path, name: str, reason: str | None) -> None:
    one = found([name], root)
    assert not one.paths
    assert one.reasons.get(0, "").startswith(reason or "") if reason else not one.reasons


@pytest.mark.parametrize(
    ("names", "folder"),
    [
        (["C:\\me\\set\\img\\a.png", "C:\\me\\set\\up.png"], "C:/me/set"),
        (["/home/me/set/img/a.png", "/home/me/set/img/d.png"], "/home/me/set"),
        (["set/img/a", "set/IMG/d.PNG"], "set"),
        (["\\\\host\\share\\img\\a.png"], "//host/share"),
    ],
)
def test_a_folder_of_another_machine(root: Path, names: list[str], folder: str) -> None:
    one = found(names, root, named=None)
    assert len(one.paths) == len(names)
    assert f"without the folder {folder} ({len(names)})" in one.words(names, root)


def test_of_folders_that_could_be_left_out_none_is_guessed(root: Path) -> None:
    (root / "a.png").touch()
    one = found(["C:\\set\\img\\a.png"], root, named=None)
    assert not one.paths
    assert "other files without each of 'C:/set', 'C:/set/img'" in one.reasons[0]


def test_a_folder_is_left_out_of_all_names_or_of_none(root: Path) -> None:
    assert not found(["C:\\set\\img\\a.png", "C:\\set\\img\\gone.png"], root, named=None).paths
    assert not found(["C:\\set\\img\\a.png", "D:\\set\\up.png"], root, named=None).paths
    assert not found(["C:\\set\\img\\a.png"], root).paths  # another row has a file where it says


def test_two_names_with_other_capitals_are_not_one_file(root: Path) -> None:
    names = ["img/A.png", "img/A.PNG", "img/C.jpg", "img/C.jpg"]
    one = found(names, root)
    assert one.paths.keys() == {2, 3}
    assert one.reasons[0] == "other rows name a.png with other capitals, and it is one file"
    assert not found(["img/A.png"], root, named=lambda path: path == str(root / "img/a.png")).paths


def test_forms_of_a_name_build_on_each_other() -> None:
    assert [name for _, name in spellings(" a\\b%20c ")] == [" a\\b%20c ", "a\\b%20c", "a/b%20c", "a/b c"]


def test_a_name_that_is_no_path_is_not_found(root: Path) -> None:
    assert not found(["a\0b", "x" * 5000, "%FF", "%00"], root).paths
