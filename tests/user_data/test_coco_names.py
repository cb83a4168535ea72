"""Names of COCO's files and of the folders that they lie in."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.data.discovery.recognise import recognise
from ftcli.errors import ConfigError, DataError
from tests.user_data.test_annotations import coco, opened, seen, true


@pytest.mark.parametrize(
    ("file", "images"),
    [
        ("coco_{}.json", "images"),
        ("{}_coco.json", "{}"),
        ("{}_annotations.json", "{}/images"),
        ("annotations/annotations_{}.json", "{}"),
        ("annotations/person_keypoints_{}2017.json", "{}2017"),
        ("labels/{}.json", "images/{}"),
        ("coco/{}.json", "images"),
    ],
)
def test_files_of_splits(tmp_path: Path, file: str, images: str) -> None:
    for first, split in ((0, "train"), (3, "val")):
        coco(tmp_path, file.format(split), images.format(split), first=first)
    found = opened(tmp_path)
    assert seen(found.train) == {f"{number}.png": true(number) for number in (0, 1, 2)}
    assert seen(found.val) == {f"{number}.png": true(number) for number in (3, 4, 5)}
    assert recognise(tmp_path).kind.wanted == "boxes"


def test_files_that_say_several_things_of_a_split(tmp_path: Path) -> None:
    """Those of boxes are meant, and keep their names where two would have one."""
    coco(tmp_path, "annotations/instances_train.json", "train")
    coco(tmp_path, "annotations/person_keypoints_train.json", "train")
    assert len(opened(tmp_path, val=0.0).train) == 3
    (tmp_path / "annotations/instances_train.json").rename(tmp_path / "annotations/train_coco.json")
    with pytest.raises(
        (ConfigError, DataError), match=r"it has: person_keypoints_train, train_coco\. Name one"
    ):
        opened(tmp_path, val=0.0)
