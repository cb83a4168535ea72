"""Files of COCO: their parts, and the entries of one image joined."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ftcli.data.annotations.coco_file import pictures, read_coco
from ftcli.errors import DataError


def file(root: Path, images: list[dict[str, Any]]) -> Path:
    """One annotation for each image entry, with its number as its id."""
    annotations = [
        {"id": number, "image_id": one["id"], "category_id": 1} for number, one in enumerate(images)
    ]
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "a"}]}
    path = root / "x.json"
    path.write_text(json.dumps(content), encoding="utf-8-sig")
    return path


def entry(number: int, name: str, **others: int) -> dict[str, Any]:
    return {"id": number, "file_name": name, **others}


def joined(root: Path, images: list[dict[str, Any]]) -> tuple[dict[str, list[int]], tuple[str, ...]]:
    """The numbers of the annotations of each file."""
    found = pictures(read_coco(file(root, images)), [root])
    return {one.file: [each["id"] for each in one.annotations] for one in found.files}, found.notes


def test_entries_of_one_file_are_one_picture(tmp_path: Path) -> None:
    images = [entry(1, "a.png"), entry(2, "b.png"), entry(3, "a.png"), entry(4, "a.png")]
    found, notes = joined(tmp_path, images)
    assert found == {"a.png": [0, 2, 3], "b.png": [1]}
    assert notes == (
        f"{tmp_path}/x.json: images under several ids: 1, with 3 entries, the first is a.png; each is one example "
        "with the objects of all its entries",
    )


def test_an_image_that_is_listed_twice_has_its_objects_once(tmp_path: Path) -> None:
    assert joined(tmp_path, [entry(1, "a.png"), entry(1, "a.png")])[0] == {"a.png": [0, 1]}
    with pytest.raises(DataError, match=r"x.json: two images have the id 1"):
        joined(tmp_path, [entry(1, "a.png"), entry(1, "b.png")])


def test_the_size_that_any_entry_states(tmp_path: Path) -> None:
    images = [entry(1, "a.png"), entry(2, "a.png", width=4, height=3)]
    assert [one.size for one in pictures(read_coco(file(tmp_path, images)), [tmp_path]).files] == [(4, 3)]
    images.append(entry(3, "a.png", width=3, height=4))
    with pytest.raises(
        DataError, match=r"a.png: it is under several ids, and of other sizes: 4 x 3 and 3 x 4"
    ):
        joined(tmp_path, images)
