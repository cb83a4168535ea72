"""Photographs of phones: boxes, outlines and masks lie where they were drawn, whichever way up the file is stored.

Objects are looked for in the pixels of the upright image, so nothing here knows how ftcli turns anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE
from ftcli.data.splits import Splits, open_split, open_splits
from ftcli.errors import DataError
from ftcli.media.images import decode
from tests.user_data.photographs import (
    LONG,
    Photo,
    box_of,
    coco,
    index_masks,
    painted,
    polygons,
    run_lengths,
    voc,
    yolo,
)

Write = Callable[[Path, Sequence[Photo]], None]
BOXES = [coco, voc, yolo]
STATED = [coco, polygons, run_lengths, voc]  # formats with the size of the image
SILENT = (2, 3, 4)  # orientations that leave the sides as they are


def opened(root: Path, write: Write, **data: Any) -> Splits:
    wants = "boxes" if write in BOXES else "mask"
    given = Data(source=str(root), val=0.0, **data)
    return open_splits(given, inputs=(IMAGE,), wants=wants, seed=0, places={})


def misplaced(split: Any) -> list[str]:
    """The examples whose annotation is not, to a pixel, where the object is seen."""
    wrong = []
    for example in (split[index] for index in range(len(split))):
        seen = painted(decode(example.inputs["image"]).permute(1, 2, 0).numpy())
        if hasattr(example.target, "corners"):
            right = np.allclose(example.target.corners, [box_of(seen)], atol=1e-4)
        else:
            right = np.array_equal(example.target.read() == 1, seen)
        wrong += [] if right else [example.id]
    return wrong


def notes(splits: Splits) -> list[str]:
    return [note for note in splits.notes if "EXIF" in note]


@pytest.mark.parametrize("write", STATED)
@pytest.mark.parametrize("drawn", ["upright", "stored"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_stated_size_tells(tmp_path: Path, orientation: int, drawn: str, write: Write) -> None:
    """Where it cannot (a half turn, a mirror image), another photograph of the same file does."""
    photo = Photo(orientation, drawn, drawn)
    write(tmp_path / "x", [photo, Photo(6, drawn, drawn)] if orientation in SILENT else [photo])
    found = opened(tmp_path / "x", write)
    assert misplaced(found.train) == []
    assert len(notes(found)) == (orientation != 1)


@pytest.mark.parametrize("write", [coco, polygons, voc])
@pytest.mark.parametrize("stated", [None, "stored", "upright"])
@pytest.mark.parametrize("drawn", ["upright", "stored"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_places_tell_without_a_size_or_against_it(
    tmp_path: Path, orientation: int, drawn: str, stated: str | None, write: Write
) -> None:
    """An object that lies outside of one shape decides, also for the others; scripts state the size of the file as it
    is stored, beside what was drawn in a browser."""
    photos = [Photo(orientation, drawn, stated), Photo(8, drawn, stated, LONG), Photo(5, drawn, stated)]
    write(tmp_path / "x", photos)
    found = opened(tmp_path / "x", write)
    assert misplaced(found.train) == []
    assert len(notes(found)) == 1


@pytest.mark.parametrize("stated", [None, "stored", "upright"])
@pytest.mark.parametrize("drawn", ["upright", "stored"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("write", [run_lengths, index_masks])
def test_masks_tell_by_their_own_size(
    tmp_path: Path, orientation: int, drawn: str, stated: str | None, write: Write
) -> None:
    """Square photographs, and those that leave the sides as they are, go by the others."""
    square = Photo(7, drawn, size=(24, 24))
    write(tmp_path / "x", [Photo(orientation, drawn, stated), Photo(6, drawn, stated), square])
    found = opened(tmp_path / "x", write)
    assert misplaced(found.train) == []
    assert len(notes(found)) == 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("write", [coco, polygons, voc, yolo])
def test_without_evidence_they_are_upright_and_counted(
    tmp_path: Path, orientation: int, write: Write
) -> None:
    """As browsers, and so most tools, show photographs; data.orientation decides otherwise."""
    write(tmp_path / "x", [Photo(orientation), Photo(1)])
    found = opened(tmp_path / "x", write)
    assert misplaced(found.train) == []
    assert [("EXIF turns 1 image;" in note, "data.orientation" in note) for note in notes(found)] == [
        (True, True)
    ] * (orientation != 1)
    write(tmp_path / "y", [Photo(orientation, "stored"), Photo(1)])
    found = opened(tmp_path / "y", write, orientation="stored")
    assert misplaced(found.train) == []
    assert notes(found) == []


@pytest.mark.parametrize("orientation", SILENT)
@pytest.mark.parametrize("write", [run_lengths, index_masks])
def test_masks_without_evidence(tmp_path: Path, orientation: int, write: Write) -> None:
    for drawn in ("upright", "stored"):
        write(tmp_path / drawn, [Photo(orientation, drawn)])
        found = opened(tmp_path / drawn, write, orientation="auto" if drawn == "upright" else "stored")
        assert misplaced(found.train) == []
        assert len(notes(found)) == (drawn == "upright")


@pytest.mark.parametrize("write", [coco, polygons, run_lengths, voc, index_masks])
def test_photographs_that_differ_each_tell_for_themselves(tmp_path: Path, write: Write) -> None:
    drawn = ("upright", "stored", "upright", "stored", "upright")
    turns = (5, 6, 7, 8, 1)
    write(tmp_path / "x", [Photo(turn, which, which) for turn, which in zip(turns, drawn, strict=True)])
    found = opened(tmp_path / "x", write)
    assert misplaced(found.train) == []
    (note,) = notes(found)
    assert "EXIF turns 4 images" in note
    assert "upright: 2 (" in note
    assert "stored: 2 (" in note


@pytest.mark.parametrize("drawn", ["upright", "stored"])
@pytest.mark.parametrize("write", [coco, polygons, run_lengths])
def test_the_training_split_tells_for_the_others(tmp_path: Path, write: Write, drawn: str) -> None:
    for split, turn in (("train", 6), ("val", 3)):
        write(tmp_path / split, [Photo(turn, drawn, drawn)])
    files = {split: str(tmp_path / split / "annotations/instances_train.json") for split in ("train", "val")}
    wants = "boxes" if write in BOXES else "mask"
    found = open_splits(Data(**files), inputs=(IMAGE,), wants=wants, seed=0, places={})  # type: ignore[arg-type]
    assert misplaced(found.train) == misplaced(found.val) == []


@pytest.mark.parametrize("drawn", ["upright", "stored"])
@pytest.mark.parametrize("write", [coco, polygons, run_lengths, voc, index_masks])
def test_other_data_is_scored_in_the_same_way(tmp_path: Path, write: Write, drawn: str) -> None:
    write(tmp_path / "x", [Photo(1), Photo(1)])
    write(tmp_path / "y", [Photo(3, drawn, drawn), Photo(6, drawn, drawn)])
    wants = "boxes" if write in BOXES else "mask"
    target = opened(tmp_path / "x", write).target
    file = tmp_path / "y/annotations/instances_train.json"
    split = open_split(
        Data(source=str(tmp_path / "x")),
        str(file if file.is_file() else tmp_path / "y"),
        inputs=(IMAGE,),
        wants=wants,
        target=target,
        places={},
    )
    assert misplaced(split) == []


def test_a_size_of_neither_is_refused(tmp_path: Path) -> None:
    coco(tmp_path, [Photo(6, stated="upright")])
    file = tmp_path / "annotations/instances_train.json"
    file.write_text(file.read_text().replace('"height": 32', '"height": 48'))
    with pytest.raises(DataError, match=r"says that 0.png has 24 x 48 pixels, and it has 32 x 24"):
        opened(tmp_path, coco)
