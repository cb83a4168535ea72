"""Boxes and outlines as tools export them: COCO and Pascal VOC in many layouts, with what goes wrong in practice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE
from ftcli.data.discovery.recognise import recognise
from ftcli.data.splits import Splits, open_splits
from ftcli.errors import ConfigError, DataError
from tests.tiny import boxes as tiny

Boxes = list[tuple[str, list[int]]]


def opened(source: Path | None = None, wants: str = "boxes", **data: Any) -> Splits:
    given = Data(source=None if source is None else str(source), **data)
    return open_splits(given, inputs=(IMAGE,), wants=wants, seed=0, places={})


def seen(split: Any) -> dict[str, Boxes]:
    """Classes and corners by the name of each example."""
    return {
        one.id: [
            (label, [round(side) for side in corners])
            for label, corners in zip(one.target.labels, one.target.corners.tolist(), strict=True)
        ]
        for one in (split[index] for index in range(len(split)))
    }


def true(number: int) -> Boxes:
    return [(name, list(sides)) for name, sides in tiny.tiles(number)[1]]


def coco(
    root: Path, file: str, images: str, names: str = "{}.png", count: int = 3, first: int = 0
) -> dict[str, Any]:
    """A file of COCO, and its images in a folder; `names` are those in the file. Returns what the file says."""
    (root / images).mkdir(parents=True, exist_ok=True)
    numbers = range(first, first + count)
    for number in numbers:
        tiny.tiles(number)[0].save(root / images / f"{number}.png")
    content = tiny.coco_content([(names.format(number), tiny.tiles(number)[1]) for number in numbers])
    save(root / file, content)
    return content


def save(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("file", "images", "names", "source"),
    [
        ("export/result.json", "export/images", "images/{}.png", "export"),
        ("export/result.json", "export/images", "images/{}.png", "export/result.json"),
        ("export/any thing.JSON", "export", "{}.png", "export"),
        ("export/labels.json", "export/data", "{}.png", "export"),
        ("export/images/boxes.json", "export/images", "{}.png", "export/images"),
        ("export/boxes.json", "export/images", "images/images/{}.png", "export"),
        ("export/boxes.json", "export/images/images", "images/{}.png", "export"),
        ("export/annotations/x.json", "export/images", "/home/me/set/images/{}.png", "export"),
        ("export/annotations/x.json", "export/images", "D:\\set\\images\\{}.png", "export"),
        ("export/train.json", "export/images", "{}.png", "export/train.json"),
        ("export/val.json", "export/images", "{}.png", "export/val.json"),
    ],
)
def test_a_file_of_coco_and_where_its_images_are(
    tmp_path: Path, file: str, images: str, names: str, source: str
) -> None:
    coco(tmp_path, file, images, names)
    found = opened(tmp_path / source, val=0.0)
    assert [boxes for _, boxes in sorted(seen(found.train).items())] == [true(0), true(1), true(2)]
    assert recognise(tmp_path / source).kind.name == "boxes"
    assert len(opened(tmp_path / source, "mask", val=0.0).train) == 3


def test_train_json_and_val_json_beside_images(tmp_path: Path) -> None:
    coco(tmp_path, "train.json", "images")
    coco(tmp_path, "val.json", "images", count=2, first=10)
    named = opened(train=str(tmp_path / "train.json"), val=str(tmp_path / "val.json"))
    for found in (opened(tmp_path), named):
        assert found.val is not None
        assert seen(found.train) == {f"{number}.png": true(number) for number in (0, 1, 2)}
        assert seen(found.val) == {f"{number}.png": true(number) for number in (10, 11)}
    made = recognise(tmp_path)
    assert (made.kind.name, made.sizes) == ("boxes", {"train": 3, "val": 2})


def test_a_file_of_coco_in_the_folder_of_each_split(tmp_path: Path) -> None:
    coco(tmp_path / "train", "labels.json", "data")
    coco(tmp_path / "test", "labels.json", "data", count=2, first=10)
    found = opened(tmp_path, val=0.0)
    assert found.test is not None
    assert (len(found.train), seen(found.test)["11.png"]) == (3, true(11))


def test_tables_that_end_in_json_are_no_boxes(tmp_path: Path) -> None:
    rows: list[Any] = [{"text": f"a {word} day", "label": word, "images": []} for word in ("good", "bad")] * 3
    (tmp_path / "train.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert recognise(tmp_path).kind.name == "single-label"
    with pytest.raises(DataError, match="no boxes were found"):
        opened(tmp_path)


def test_an_entry_for_each_object_is_one_example(tmp_path: Path) -> None:
    """Converters write an entry of `images` for each object; all are of one file."""
    content = coco(tmp_path, "annotations/instances_default.json", "images")
    entries = [dict(content["images"][number // 2], id=1000 + number) for number in range(6)]
    for number, annotation in enumerate(content["annotations"]):
        annotation["image_id"] = 1000 + number
    content["images"] = entries
    save(tmp_path / "annotations/instances_default.json", content)
    found = opened(tmp_path, val=0.0)
    assert seen(found.train) == {f"{number}.png": true(number) for number in range(3)}
    assert any("images under several ids: 3, with 6 entries" in note for note in found.notes)
    masks = opened(tmp_path, "mask", val=0.0)
    assert len(masks.train) == 3
    assert {0, 1, 2} == set(masks.train[0].target.read().flatten().tolist())


def test_objects_that_are_listed_twice_are_one(tmp_path: Path) -> None:
    content = coco(tmp_path, "annotations/x.json", "images")
    content["annotations"] += [dict(one, id=one["id"] + 100) for one in content["annotations"][:3]]
    save(tmp_path / "annotations/x.json", content)
    found = opened(tmp_path, val=0.0)
    assert seen(found.train) == {f"{number}.png": true(number) for number in range(3)}
    assert any(
        "boxes that are listed twice, taken once: 3, the first in 0.png" in note for note in found.notes
    )
    root = tiny.voc(tmp_path / "voc", {"train": 2})
    file = root / "Annotations/1.xml"
    text = file.read_text()
    thing = text[text.index("<object>") : text.index("</object>") + len("</object>")]
    file.write_text(text.replace(thing, thing + thing))
    found = opened(root, val=0.0)
    assert seen(found.train)["1.png"] == true(1)
    assert any("listed twice, taken once: 1, the first in 1.png" in note for note in found.notes)


def test_fractions_in_the_place_of_pixels(tmp_path: Path) -> None:
    content = coco(tmp_path, "annotations/x.json", "images")
    for one in content["annotations"]:
        one["bbox"] = [side / 64 for side in one["bbox"]]
        one["segmentation"] = [[side / 64 for side in one["segmentation"][0]]]
    save(tmp_path / "annotations/x.json", content)
    for wants, plural in (("boxes", "boxes"), ("mask", "outlines")):
        words = f"all {plural} of 3 of its 3 images lie within the first pixel.*0.png.*pixels are wanted, not fractions"
        with pytest.raises(DataError, match=words):
            opened(tmp_path, wants)
    root = tiny.voc(tmp_path / "voc", {"train": 2})
    for number in (0, 1):
        sides: Any = [(name, tuple(side / 64 for side in box)) for name, box in tiny.tiles(number)[1]]
        text = tiny.xml(f"{number}.png", sides)
        (root / f"Annotations/{number}.xml").write_text(text)
    with pytest.raises(DataError, match="all boxes of 2 of its 2 images lie within the first pixel"):
        opened(root)


@pytest.mark.parametrize("wants", ["boxes", "mask"])
def test_images_that_are_gone(tmp_path: Path, wants: str) -> None:
    coco(tmp_path, "annotations/instances_default.json", "images")
    (tmp_path / "images/1.png").unlink()
    words = r"1 of the 3 .*1.png does not exist.*leave them out by data.bad_files: skip"
    with pytest.raises(DataError, match=words):
        opened(tmp_path, wants)
    found = opened(tmp_path, wants, bad_files="skip", val=0.0)
    assert [found.train[index].id for index in range(2)] == ["0.png", "2.png"]
    (line,) = found.skipped
    assert line.endswith("images/1.png does not exist")
    assert any("1 of the 3 images" in note and "skipped.txt" in note for note in found.notes)


def test_outlines_of_two_points(tmp_path: Path) -> None:
    content = coco(tmp_path, "annotations/x.json", "images")
    content["annotations"][2]["segmentation"] = [[10.0, 12.0, 14.0, 15.0]]
    save(tmp_path / "annotations/x.json", content)
    found = opened(tmp_path, "mask", val=0.0)
    assert set(found.train[1].target.read().flatten().tolist()) == {0, 2}
    assert any("outlines of fewer than 3 points, left out: 1, the first in" in note for note in found.notes)


def voc(images: Path, annotations: Path, numbers: tuple[int, ...], stated: str = "{}.png") -> None:
    """Images and their XML files, which state a name."""
    images.mkdir(parents=True, exist_ok=True)
    annotations.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        image, boxes = tiny.tiles(number)
        image.save(images / f"{number}.png")
        (annotations / f"{number}.xml").write_text(tiny.xml(stated.format(number), boxes))


def voc_splits(root: Path, images: str, annotations: str) -> None:
    for split, numbers in (("train", (0, 1, 2)), ("test", (10, 11))):
        voc(root / images.format(split), root / annotations.format(split), numbers)


SPLITS = [
    ("{}/images", "{}/annotations"),
    ("{}/Images", "{}/XML"),
    ("{}", "{}"),
    ("images/{}", "annotations/{}"),
    ("images/{}", "annotations"),
    ("images/{}", "images/{}"),
]


@pytest.mark.parametrize(("images", "annotations"), SPLITS)
def test_pascal_voc_in_split_folders(tmp_path: Path, images: str, annotations: str) -> None:
    voc_splits(tmp_path, images, annotations)
    found = opened(tmp_path, val=0.0)
    assert found.test is not None
    assert seen(found.train) == {f"{number}.png": true(number) for number in (0, 1, 2)}
    assert seen(found.test) == {f"{number}.png": true(number) for number in (10, 11)}
    assert recognise(tmp_path).sizes["test"] == 2


@pytest.mark.parametrize(("images", "annotations"), [SPLITS[0], ("images/{}", "annotations/{}")])
def test_a_split_that_has_lost_its_xml_files_is_named(tmp_path: Path, images: str, annotations: str) -> None:
    voc_splits(tmp_path, images, annotations)
    shutil.rmtree(tmp_path / annotations.format("test"))
    with pytest.raises(DataError, match="2 of its 2 images have no XML file"):
        opened(tmp_path, val=0.0)


@pytest.mark.parametrize(("images", "annotations"), SPLITS)
def test_pascal_voc_in_the_only_folder(tmp_path: Path, images: str, annotations: str) -> None:
    """As an archive unpacks to it: its test split is not trained on."""
    voc_splits(tmp_path / "archive" / "set", images, annotations)
    found = opened(tmp_path, val=0.0)
    assert found.test is not None
    assert seen(found.train) == {f"{number}.png": true(number) for number in (0, 1, 2)}
    assert seen(found.test) == {f"{number}.png": true(number) for number in (10, 11)}


@pytest.mark.parametrize("xml", ["annotations", "images"])
def test_pascal_voc_in_folders_below(tmp_path: Path, xml: str) -> None:
    """A later batch in a folder of its own, of which a name is there twice."""
    voc(tmp_path / "images", tmp_path / xml, (0, 1))
    voc(tmp_path / "images/batch 2", tmp_path / xml / "batch 2", (0, 2))
    found = opened(tmp_path / "images" if xml == "images" else tmp_path, val=0.0)
    expected = {"0.png": 0, "1.png": 1, "batch 2/0.png": 0, "batch 2/2.png": 2}
    assert seen(found.train) == {name: true(number) for name, number in expected.items()}


def test_the_stated_name_may_have_another_ending(tmp_path: Path) -> None:
    voc(tmp_path, tmp_path, (0, 1), stated="{}.jpg")
    voc(tmp_path / "other", tmp_path / "other", (2,), stated="scan.jpeg")
    (tmp_path / "other/2.png").rename(tmp_path / "other/scan.png")
    assert list(seen(opened(tmp_path, val=0.0).train).values()) == [true(0), true(1), true(2)]


def test_images_without_an_xml_file(tmp_path: Path) -> None:
    """LabelImg writes none for an image without objects."""
    voc(tmp_path / "images", tmp_path / "annotations", (0, 1, 2, 3))
    for number in (1, 3):
        (tmp_path / f"annotations/{number}.xml").unlink()
    with pytest.raises(
        DataError, match=r"2 of its 4 images .*: 1.png, 3.png. data.missing_labels: empty .*skip"
    ):
        opened(tmp_path)
    empty = opened(tmp_path, missing_labels="empty", val=0.0)
    assert seen(empty.train) == {"0.png": true(0), "1.png": [], "2.png": true(2), "3.png": []}
    assert any(
        "2 of its 4 images" in note and "without objects: 1.png, 3.png" in note for note in empty.notes
    )
    skip = opened(tmp_path, missing_labels="skip", val=0.0)
    assert seen(skip.train) == {"0.png": true(0), "2.png": true(2)}
    assert [line.split(":")[0] for line in skip.skipped] == [
        str(tmp_path / f"images/{n}.png") for n in (1, 3)
    ]
    assert any("2 of its 4 images" in note and "skipped.txt" in note for note in skip.notes)
    made = recognise(tmp_path)
    assert made.kind.name == "boxes"
    assert "data.missing_labels" in made.warnings[0]


def test_xml_files_without_an_image(tmp_path: Path) -> None:
    voc(tmp_path / "images", tmp_path / "annotations", (0, 1, 2))
    (tmp_path / "images/1.png").unlink()
    words = r"1 of the 3 images .*1.xml: .*images/1.png does not exist.*bad_files: skip"
    with pytest.raises(DataError, match=words):
        opened(tmp_path)
    found = opened(tmp_path, bad_files="skip", val=0.0)
    assert seen(found.train) == {"0.png": true(0), "2.png": true(2)}
    assert len(found.skipped) == 1


def test_lists_of_images_with_lines_that_are_there_twice(tmp_path: Path) -> None:
    root = tiny.voc(tmp_path / "x", {"train": 3, "val": 1})
    (root / "ImageSets/Main/train.txt").write_text("0\n2\n1\n2\n0\n")
    found = opened(root)
    assert list(seen(found.train)) == ["0.png", "2.png", "1.png"]
    assert any(
        "train.txt: lines that name an image again, passed over: 2, the first is line 4" in n
        for n in found.notes
    )


def test_missing_labels_have_no_meaning_where_none_are_missing(tmp_path: Path) -> None:
    coco(tmp_path, "annotations/x.json", "images")
    with pytest.raises(ConfigError, match=r"data.missing_labels: has no meaning for .*annotations of COCO"):
        opened(tmp_path, missing_labels="skip")


def test_images_of_masks_that_are_listed_and_gone(tmp_path: Path) -> None:
    (tmp_path / "ImageSets/Segmentation").mkdir(parents=True)
    for folder in ("JPEGImages", "SegmentationClass"):
        (tmp_path / folder).mkdir()
        for number in range(3):
            image = Image.new("L", (8, 6), 0)
            image.putpixel((number, 0), 1)
            image.save(tmp_path / folder / f"{number}.png")
    (tmp_path / "JPEGImages/1.png").unlink()
    (tmp_path / "ImageSets/Segmentation/train.txt").write_text("0\n1\n2\n2\n")
    with pytest.raises(DataError, match=r"1 of the 3 images.*JPEGImages/1.*bad_files: skip"):
        opened(tmp_path, "mask")
    found = opened(tmp_path, "mask", bad_files="skip", val=0.0)
    assert [found.train[index].id for index in range(len(found.train))] == ["0.png", "2.png"]
