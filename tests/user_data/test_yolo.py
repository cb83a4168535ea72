"""YOLO as CVAT, Roboflow, LabelImg, Label Studio, FiftyOne, Supervisely and scripts write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.errors import DataError
from ftcli.findings.check import quick
from tests.data.annotations.opening import opened
from tests.tiny import boxes as tiny
from tests.user_data.yolo_sets import check, filled, noted


def test_each_folder_of_labels_has_the_order_of_its_own_classes(tmp_path: Path) -> None:
    root = filled(tmp_path / "set", "images/train", "labels/train", 0, 1)
    filled(root, "images/val", "labels/val", 2)
    (root / "labels/train/classes.txt").write_text("blue\nred\n")
    (root / "labels/val/classes.txt").write_text("red\nblue\n")
    text = (root / "labels/val/2.txt").read_text()
    swapped = [f"{1 - int(line[0])}{line[1:]}" for line in text.splitlines()]
    (root / "labels/val/2.txt").write_text("\n".join(swapped))
    check(opened(root), train=(0, 1), val=(2,))


def test_no_names_are_noted_and_other_names_too(tmp_path: Path) -> None:
    root = filled(tmp_path / "set", "images/train", "labels/train", 0, 1)
    found = opened(root)
    check(found, ("0", "1"))
    assert noted(
        found, "no names of the classes were found, so they are called by their numbers. Names are read from"
    )
    (root / "data.yaml").write_text("train: images/train\nnames: [blue, red]\nnc: 3\n")
    (root / "labels/train/classes.txt").write_text("red\nblue\n")
    found = opened(root)
    check(found)
    assert noted(found, "data.yaml: it says 3 classes and names 2: the names count")
    assert noted(found, "labels/train/classes.txt: has other names than ")


def test_splits_that_are_not_there(tmp_path: Path) -> None:
    root = filled(tmp_path / "set", "train/images", "train/labels", 0, 1, 2)
    said = "names: [blue, red]\ntrain: ../train/images\nval: ../valid/images\ntest: ../test/images\n"
    (root / "data.yaml").write_text(said)
    missing = (
        r"data\.yaml: val is \.\./valid/images, and there is no such folder .*Looked for: .*data\.val: 0\.2"
    )
    with pytest.raises(DataError, match=missing):
        opened(root)
    found = opened(root, val=0.0)
    check(found, train=range(3))
    assert noted(
        found, "test is ../test/images, and there is no such folder or list of images: no test split is read"
    )
    (root / "data.yaml").write_text(said.replace("../train", "elsewhere"))
    with pytest.raises(
        DataError, match=r"data\.yaml: train is elsewhere/images, and there is no such folder"
    ):
        opened(root, val=0.0)


def test_two_splits_that_may_both_be_one_folder_are_neither(tmp_path: Path) -> None:
    root = filled(tmp_path / "set", "images", "labels", 0, 1, 2)
    (root / "data.yaml").write_text("names: [blue, red]\ntrain: /x/first/images\nval: /x/second/images\n")
    with pytest.raises(DataError, match=r"data\.yaml: train is /x/first/images, and there is no such folder"):
        opened(root)
    (root / "data.yaml").write_text("names: [blue, red]\ntrain: /x/first/images\n")
    found = opened(root, val=0.0)
    check(found, train=range(3))
    assert noted(found, f"data.yaml: train: /x/first/images is taken from {root}/images")


@pytest.mark.parametrize("number", ["1.000000000000000000e+00", "1.0", "01", "1"])
def test_a_class_that_numpy_wrote(tmp_path: Path, number: str) -> None:
    root = filled(tmp_path / "set", "images", "labels", 0, 1)
    (root / "classes.txt").write_text("blue\nred\n")
    for file in (root / "labels").glob("*.txt"):
        file.write_text(file.read_text().replace("\n1 ", f"\n{number} "))
    check(opened(root, val=0.0), train=(0, 1))


@pytest.mark.parametrize(
    "line", ["./images/{}.png", "images/{}.png", "{root}/images/{}.png", ".\\images\\{}.png"]
)
@pytest.mark.parametrize("folder", ["", "lists"])
def test_lists_of_images(tmp_path: Path, line: str, folder: str) -> None:
    root = filled(tmp_path / "set", "images", "labels", *range(6))
    (root / folder).mkdir(exist_ok=True)
    for name, numbers in (("train", (0, 1, 2)), ("val", (3, 4)), ("test", (5,))):
        lines = [line.format(number, root=root) for number in numbers]
        (root / folder / f"{name}.txt").write_text("\r\n".join(lines) + "\r\n")
    lists = (f"{name}: {folder or '.'}/{name}.txt" for name in ("train", "val", "test"))
    (root / "data.yaml").write_text("\n".join(["path: .", *lists, "names: {0: blue, 1: red}"]))
    found = opened(root / "data.yaml")
    check(found, train=(0, 1, 2), val=(3, 4), test=(5,))
    assert found.notes == ()
    if not folder:
        (root / "data.yaml").unlink()
        (root / "classes.txt").write_text("blue\nred\n")
        check(opened(root), train=(0, 1, 2), val=(3, 4), test=(5,))


def test_lists_that_share_images_and_name_some_again(tmp_path: Path) -> None:
    root = filled(tmp_path / "set", "images", "labels", *range(4))
    (root / "data.yaml").write_text("train: train.txt\nval: val.txt\nnames: [blue, red]\n")
    (root / "train.txt").write_text("images/0.png\nimages/1.png\nimages/2.png\n./images/1.png\n")
    (root / "val.txt").write_text("images/2.png\nimages/3.png\n")
    found = opened(root)
    check(found, train=(0, 1, 2), val=(2, 3))
    assert noted(found, "images that are named again, taken once: 1, the first in images/1.png")
    assert quick(found)[0].message == "1 image of val is also in train"
    (root / "data.yaml").write_text("train: train.txt\nval: train.txt\ntest: val.txt\nnames: [blue, red]\n")
    found = opened(root)
    assert noted(found, "train.txt: the validation split is the training split itself")
    assert quick(found)[0].message == "1 image of test is also in train"
    (root / "data.yaml").write_text("train: train.txt\nval: val.txt\nnames: [blue, red]\n")
    (root / "val.txt").write_text("images/3.png\nimages/9.png\n")
    with pytest.raises(
        DataError, match=r"1 of the 2 images .*val\.txt: .*/9\.png does not exist.*bad_files: skip"
    ):
        opened(root)
    found = opened(root, bad_files="skip")
    check(found, train=(0, 1, 2), val=(3,))
    assert len(found.skipped) == 1


@pytest.mark.parametrize("path", ["", ".", "{root}", "../set"])
def test_lists_of_folders(tmp_path: Path, path: str) -> None:
    root = tmp_path / "set"
    for number, recording in enumerate("abc"):
        filled(root, f"{recording}/images", f"{recording}/labels", number)
    path = path.format(root=root)
    (root / "data.yaml").write_text(
        f"path: {path}\ntrain: [a/images, b/images]\nval: [c/images]\nnames: [blue, red]\n"
    )
    check(opened(root), train=(0, 1), val=(2,))


@pytest.mark.parametrize("labels", ["labels/train/more", "labels/train", "labels"])
def test_images_in_folders_below(tmp_path: Path, labels: str) -> None:
    root = filled(tmp_path / "set", "images/train", "labels" if labels == "labels" else "labels/train", 0, 1)
    filled(root, "images/train/more", labels, 2, 3, 4)
    filled(root, "images/val", "labels" if labels == "labels" else "labels/val", 5)
    (root / "classes.txt").write_text("blue\nred\n")
    found = opened(root)
    check(found, train=range(5), val=(5,))
    assert found.notes == ()


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("{}/images", "{}/labels"),
        ("images/{}", "labels/{}"),
        ("{}", "{}"),
        ("{}2017", "{}2017"),
        ("images/{}2017", "labels/{}2017"),
        ("JPEGImages/{}", "labels/{}"),
    ],
)
def test_a_folder_for_each_split(tmp_path: Path, images: str, labels: str) -> None:
    root = tmp_path / "set"
    for number, split in enumerate(("train", "valid", "test")):
        filled(root, images.format(split), labels.format(split), number)
    (root / "classes.txt").write_text("blue\nred\n")
    check(opened(root), train=(0,), val=(1,), test=(2,))
    parts = [str(root / images.format(split)) for split in ("train", "valid", "test")]
    check(opened(None, train=parts[0], val=parts[1], test=parts[2]), train=(0,), val=(1,), test=(2,))


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    root = filled(tmp_path / "set", "images/train", "labels/train", 0, 1)
    filled(root, "images/train", None, 2)
    filled(root, "images/test", None, 3)
    filled(root, "images", None, 4)
    filled(root, "images/more", "labels/more", 5)
    (root / "images/train/6.heic").write_bytes(b"x")
    (root / "images/train/0.jpg").write_bytes((root / "images/train/0.png").read_bytes())
    (root / "labels/train/9.txt").write_text((root / "labels/train/0.txt").read_text())
    (root / "labels/train/1.txt").write_text("")
    found = opened(root, val=0.0)
    assert sorted(found.train[i].id for i in range(len(found.train))) == ["0.jpg", "0.png", "1.png", "2.png"]
    for words in (
        "images/test: none of its 1 images has a file of labels, so this split is not read",
        "images: images beside the folders of splits, not read: 1, the first is 4.png",
        "not a split, so not read: more",
        "files of the kind .heic, which are not read as images: 1",
        "images that share a file of labels with another image: 1",
        "files of labels without an image, not used: 1, the first in",
        "taken for images without objects (data.missing_labels: skip leaves them out): 1, the first in 2.png",
        "images without boxes: 2",
    ):
        assert noted(found, words), (words, "\n".join(found.notes))
    found = opened(root, val=0.0, missing_labels="skip")
    assert sorted(found.train[i].id for i in range(len(found.train))) == ["0.jpg", "0.png", "1.png"]
    assert noted(
        found,
        "images without a file of labels, left out (skipped.txt in the run has all): 1, the first in 2.png",
    )
    assert found.skipped == (f"{root}/images/train/2.png has no file of labels",)


def test_rows_that_are_there_twice(tmp_path: Path) -> None:
    root = filled(tmp_path / "set", "images", "labels", 0, 1)
    (root / "classes.txt").write_text("blue\nred\n")
    file = root / "labels/0.txt"
    file.write_text(file.read_text() * 2)
    found = opened(root, val=0.0)
    check(found, train=(0, 1))
    assert noted(found, "images: boxes that are listed twice, taken once: 2, the first in 0.png")


def test_corners_in_place_of_centres(tmp_path: Path) -> None:
    root = filled(tmp_path / "set", "images", "labels", *range(8))
    for file in (root / "labels").glob("*.txt"):
        lines = []
        for line in file.read_text().splitlines():
            number, *sides = line.split()
            x, y, w, h = map(float, sides)
            lines.append(f"{number} {x - w / 2} {y - h / 2} {x + w / 2} {y + h / 2}")
        file.write_text("\n".join(lines))
    assert noted(opened(root, val=0.0), "None would if their numbers were left, top, right, bottom: centre-x")


def posed(root: Path, size: int, kpt_shape: str, extra: str = "") -> Path:
    """Each box followed by its four corners, turned inwards, as key points of so many numbers."""
    filled(root, "images/train", "labels/train", *range(4))
    filled(root, "images/val", "labels/val", 4)
    for file in (root / "labels").rglob("*.txt"):
        lines = []
        for line in file.read_text().splitlines():
            x, y, w, h = map(float, line.split()[1:])
            corners = ((x - w / 2, y - h / 2), (x + w / 2, y - h / 2), (x, y), (x - w / 4, y - h / 4))
            points = [f"{a:.6f} {b:.6f}" + " 2" * (size - 2) for a, b in corners]
            lines.append(" ".join([line, *points]) + extra)
        file.write_text("\n".join(lines))
    (root / "data.yaml").write_text(
        f"train: images/train\nval: images/val\n{kpt_shape}\nnames: [blue, red]\n"
    )
    return root


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("extra", ["", " 0.91"])
def test_key_points(tmp_path: Path, size: int, extra: str) -> None:
    found = opened(posed(tmp_path / "set", size, f"kpt_shape: [4, {size}]", extra))
    check(found, train=range(4), val=(4,))
    assert noted(found, "boxes with 4 key points, which are not read: 8, the first in")


@pytest.mark.parametrize("size", [2, 3])
def test_key_points_that_nothing_states(tmp_path: Path, size: int) -> None:
    found = opened(posed(tmp_path / "set", size, ""))
    check(found, train=range(4), val=(4,))
    assert noted(
        found, f"taken for boxes with 4 key points of {size} numbers, as their numbers tell; kpt_shape"
    )


def test_outlines_stay_outlines(tmp_path: Path) -> None:
    root = filled(tmp_path / "set", "images", "labels", *range(8))
    (root / "classes.txt").write_text("blue\nred\n")
    for file in (root / "labels").glob("*.txt"):
        lines = []
        for line in file.read_text().splitlines():
            number, *sides = line.split()
            x, y, w, h = map(float, sides)
            outline = (x - w / 2, y - h / 2, x + w / 2, y - h / 2, x + w / 2, y + h / 2, x - w / 2, y + h / 2)
            lines.append(" ".join([number, *map(str, outline)]))
        file.write_text("\n".join(lines))
    found = opened(root, val=0.0)
    check(found, train=range(8))
    assert found.notes == ()


def test_predictions_with_confidences(tmp_path: Path) -> None:
    root = filled(tmp_path / "set", "images", "labels", 0, 1)
    (root / "classes.txt").write_text("blue\nred\n")
    for file in (root / "labels").glob("*.txt"):
        file.write_text(file.read_text().replace("\n", " 0.875\n"))
    found = opened(root, val=0.0)
    check(found, train=(0, 1))
    assert noted(
        found, "lines that end in a confidence, as predictions have it, which is not read: 4, the first in"
    )
    (root / "labels/0.txt").write_text("0 0.5 0.5 0.2 0.1 1.57\n")
    with pytest.raises(
        DataError, match=r"0\.txt:1: 6 numbers, of which the last \(1\.57\) is not a confidence"
    ):
        opened(root)


def test_files_of_labels_in_other_capitals(tmp_path: Path) -> None:
    """As a camera calls images IMG_1.JPG, and a script their labels img_1.txt."""
    for number in range(3):
        tiny.yolo_image(tmp_path / f"images/A{number}.png", tmp_path / f"labels/a{number}.txt", number)
    found = opened(tmp_path, val=0.0)
    assert [len(found.train[index].target.labels) for index in range(3)] == [2, 2, 2]
    assert any("have other capitals in their names: 3, the first in " in note for note in found.notes)
    tiny.yolo_image(tmp_path / "images/a0.png", tmp_path / "other/a0.txt", 7)
    found = opened(tmp_path, val=0.0)
    boxes = {one.id: len(one.target.labels) for one in (found.train[index] for index in range(4))}
    assert boxes == {"A0.png": 0, "A1.png": 2, "A2.png": 2, "a0.png": 2}
