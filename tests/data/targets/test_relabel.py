"""Targets under other names."""

from __future__ import annotations

import json
from pathlib import Path

from ftcli.contracts import Target
from tests.data.annotations.opening import SIZES, opened
from tests.tiny import boxes as tiny


def test_only_some_classes(tmp_path: Path) -> None:
    found = opened(tiny.voc(tmp_path / "x", SIZES), classes=("red",))
    assert found.target == Target("boxes", ("red",), (4,), 4)
    assert found.train[0].target.labels == ("red",)
    assert any("4 of 8 objects have one of the 1 classes" in note for note in found.notes)


def test_a_class_without_boxes_stays_one_where_classes_are_chosen_or_named(tmp_path: Path) -> None:
    root = tiny.yolo(tmp_path / "x", SIZES)
    for file in (root / "labels/train").iterdir():
        lines = file.read_text().splitlines()
        file.write_text("".join(f"{line}\n" for line in lines if line.startswith("0 ")))
    absent = "no training objects of red, which can't be learned"
    for options in ({}, {"classes": ("blue", "red")}):
        found = opened(root, **options)
        assert (found.target.classes, found.target.counts[1]) == (("blue", "red"), 0)
        assert any(absent in note for note in found.notes)
    coco = tiny.coco(tmp_path / "y", SIZES)
    content = json.loads((coco / "annotations/instances_train.json").read_text())
    for one, name in zip(content["categories"], "01", strict=True):
        one["name"] = name
    gone = content["categories"][0]["id"]
    content["annotations"] = [one for one in content["annotations"] if one["category_id"] != gone]
    (coco / "annotations/instances_train.json").write_text(json.dumps(content))
    found = opened(coco, class_names=("first", "second"), val=0.0)
    assert (found.target.classes, found.target.counts[0]) == (("first", "second"), 0)
