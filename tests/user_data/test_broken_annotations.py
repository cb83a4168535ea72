"""Annotations of which a few are wrong, or written in a way of their own: a slip in one file stops no training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ftcli.data.splits import Splits
from ftcli.errors import DataError
from tests.data.annotations.opening import edited, opened
from tests.tiny import boxes as tiny
from tests.user_data.test_annotations import opened as open_wanted
from tests.user_data.test_annotations import seen, true

Change = Callable[[dict[str, Any]], object]


def noted(found: Splits, *words: str) -> bool:
    return any(all(word in note for word in words) for note in found.notes)


def yolo(root: Path) -> Path:
    for number in range(4):
        tiny.yolo_image(root / f"images/{number}.png", root / f"labels/{number}.txt", number)
    (root / "labels/classes.txt").write_text("blue\nred\n")
    (root / "labels/1.txt").write_text("0 0.5 0.5 0.2 0.2\n0 1.5 0.5 0.2 0.2\n")
    return root


def voc(root: Path, content: str) -> Path:
    root.mkdir()
    for number in range(4):
        image, found = tiny.tiles(number)
        image.save(root / f"{number}.png")
        (root / f"{number}.xml").write_text(tiny.xml(f"{number}.png", found))
    (root / "1.xml").write_text(content)
    return root


def coco(root: Path) -> Path:
    return edited(root, lambda content: content["annotations"][2].update(bbox=[1, 2]))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda tmp: yolo(tmp / "x"), "1.txt:2: a number lies outside 0 to 1"),
        (lambda tmp: voc(tmp / "x", "<annotation><object>"), "1.xml is not XML"),
        (
            lambda tmp: voc(tmp / "x", tiny.xml("1.png", [], (640, 48))),
            "1.png has 640 x 48 pixels, and it has 64",
        ),
        (coco, r"annotation 3 has the bbox [1, 2]"),
    ],
)
def test_one_file_of_annotations_is_wrong(tmp_path: Path, make: Callable[[Path], Path], said: str) -> None:
    """Its image is left out as a broken image is, where that is asked for."""
    root = make(tmp_path)
    with pytest.raises(DataError) as error:
        opened(root)
    assert said in str(error.value)
    assert "1 of the 4 images" in str(error.value)
    assert "data.bad_files: skip" in str(error.value)
    found = opened(root, bad_files="skip")
    assert [line for line in found.skipped if said in line] == list(found.skipped) != []
    splits = [
        found.train,
        *([] if make is coco else [found.val]),
    ]  # that file has a validation split of its own
    kept = {Path(name).stem: boxes for split in splits for name, boxes in seen(split).items()}
    assert kept == {str(number): true(number) for number in (0, 2, 3)}


def test_all_files_of_annotations_are_wrong(tmp_path: Path) -> None:
    root = yolo(tmp_path / "x")
    for number in range(4):
        (root / f"labels/{number}.txt").write_text("0 20 20 10 10\n")
    with pytest.raises(DataError, match=r"4 of the 4 images .* cannot be used:\n.*0.txt:1: .* not pixels"):
        opened(root, bad_files="skip")


def test_outlines_of_one_image_are_wrong(tmp_path: Path) -> None:
    """What was read of it before the mistake belongs to no other image."""
    rings = [[1, 1, 60, 1, 60, 40], ["x"] * 6]
    root = edited(tmp_path, lambda content: content["annotations"][0].update(segmentation=rings))
    whole = open_wanted(edited(tmp_path / "whole", lambda content: None), "mask")
    found = open_wanted(root, "mask", bad_files="skip")
    assert len(found.skipped) == 1
    assert len(found.train) == 3
    for left, right in ((0, 1), (1, 2), (2, 3)):
        assert (found.train[left].target.read() == whole.train[right].target.read()).all()


@pytest.mark.parametrize(
    "change",
    [
        lambda c: [one.update(image_id=str(one["image_id"])) for one in c["annotations"]],
        lambda c: [one.update(category_id=str(one["category_id"])) for one in c["annotations"]],
        lambda c: [one.update(id=str(one["id"])) for one in (*c["images"], *c["categories"])],
        lambda c: [one.update(bbox=[str(side) for side in one["bbox"]]) for one in c["annotations"]],
        lambda c: [one.update(width=one["width"] + 1) for one in c["images"]],
        lambda c: c["annotations"][0].pop("bbox"),
        lambda c: c["annotations"][0].update(bbox=[]),
        lambda c: c["annotations"].append({**c["annotations"][0], "image_id": 3}),
    ],
)
def test_other_ways_of_writing_coco(tmp_path: Path, change: Change) -> None:
    """Ids and sides as texts, sizes that were rounded, objects of an image that was deleted, boxes by outlines."""
    assert seen(opened(edited(tmp_path, change)).train) == {
        f"{number}.png": true(number) for number in range(4)
    }


def test_what_is_left_out_of_coco_is_counted(tmp_path: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        content["annotations"].append({"id": 99, "image_id": 3, "category_id": 7, "bbox": [1, 2, 3, 4]})
        del content["annotations"][1]["bbox"], content["annotations"][1]["segmentation"]

    found = opened(edited(tmp_path, change))
    assert noted(found, "images that are not listed, left out: 1 of 9; annotation 99 is of the image 3")
    assert noted(found, "objects without a box and an outline, left out: 1")


def test_ids_that_are_one_as_texts_are_not_mixed_up(tmp_path: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        content["images"][0]["id"], content["images"][1]["id"] = 7, "7"
        for one in content["annotations"]:
            one["image_id"] = {50: 7, 51: "7"}.get(one["image_id"], one["image_id"])

    assert seen(opened(edited(tmp_path, change)).train)["1.png"] == true(1)


def test_a_box_round_run_lengths(tmp_path: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        left, top, right, bottom = tiny.tiles(0)[1][0][1]
        before, height, width = left * 48 + top, bottom - top, right - left
        counts = [before, *([height, 48 - height] * width)]
        counts[-1] += 48 * 64 - sum(counts)
        content["annotations"][0].update(bbox=None, segmentation={"counts": counts, "size": [48, 64]})

    assert seen(opened(edited(tmp_path, change)).train)["0.png"] == true(0)


def test_classes_that_look_alike(tmp_path: Path) -> None:
    """As two people wrote them: two classes, which is said."""
    root = voc(tmp_path / "x", tiny.xml("1.png", [("Blue", (2, 3, 12, 14))]))
    assert noted(opened(root), "'Blue', 'blue' look alike, and are different classes")


def test_run_lengths_of_another_size(tmp_path: Path) -> None:
    """A stated size may be a pixel off, but the pixels of a mask must be those of its image."""
    runs = {"counts": [48 * 65], "size": [48, 65]}
    root = edited(tmp_path, lambda content: content["annotations"][0].update(segmentation=runs))
    with pytest.raises(
        DataError, match=r"1 of the 4 images .* annotation 1: .* has 65 x 48 pixels, and it has 64"
    ):
        open_wanted(root, "mask")
    found = open_wanted(root, "mask", bad_files="skip")
    assert [found.train[index].target.read().shape for index in range(3)] == [(48, 64)] * 3
