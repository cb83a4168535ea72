"""Masks as people have them: black and white, in steps of grey, as colours, as JPEG, with names of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE
from ftcli.data.splits import open_split
from ftcli.errors import DataError
from tests.user_data.mask_sets import (
    HEIGHT,
    WIDTH,
    grey,
    make,
    noted,
    opened,
    painted,
)


@pytest.mark.parametrize(
    "values", [(0, 255), (0, 128, 255), (0, 85, 170, 255), (0, 200, 255), (10, 20, 30, 255)]
)
def test_255_is_a_class_where_the_masks_show_it(tmp_path: Path, values: tuple[int, ...]) -> None:
    found = opened(make(tmp_path, values), val=0.0)
    assert found.target.classes == tuple(map(str, values))
    pixels = 6 * 14 * 12
    assert noted(
        found, "255 is a class", f"{pixels:,} pixels in 6 masks", "data.ignore_index: 255 leaves it out"
    )
    assert found.decided["ignore_index"][0] == "none"
    assert sum(found.target.counts) == 6 * WIDTH * HEIGHT


@pytest.mark.parametrize("values", [(0, 1, 255), (0, 1, 2, 255), (1, 2, 3, 255)])
def test_255_does_not_count_beside_numbered_classes(tmp_path: Path, values: tuple[int, ...]) -> None:
    found = opened(make(tmp_path, values), val=0.0)
    assert found.target.classes == tuple(map(str, values[:-1]))
    assert noted(found, "255 does not count: 1,008 pixels in 6 masks", "none makes it a class")
    assert found.decided["ignore_index"][0] == 255


def bordered(seed: int) -> Image.Image:
    """Two objects, 7 and 15, within borders of 255 as Pascal VOC has them."""
    image = Image.new("L", (256, 192), 0)
    draw = ImageDraw.Draw(image)
    for place, value in enumerate((7, 15)):
        left = 10 + 110 * place + seed
        draw.ellipse((left, 30, left + 90, 120 + seed), fill=value, outline=255, width=3)
    return image


def test_a_border_of_255_does_not_count(tmp_path: Path) -> None:
    root = make(tmp_path)
    for number in range(6):
        bordered(number).save(root / f"masks/{number}.png")
    found = opened(root, val=0.0)
    assert found.target.classes == ("0", "7", "15")
    assert noted(found, "255 does not count", "narrow borders")


@pytest.mark.parametrize(
    ("values", "ignored", "classes"),
    [
        ((0, 1, 255), "none", ("0", "1", "255")),
        ((0, 128, 255), 255, ("0", "128")),
        ((0, 1, 2), 2, ("0", "1")),
    ],
)
def test_the_key_decides(tmp_path: Path, values: Any, ignored: Any, classes: tuple[str, ...]) -> None:
    found = opened(make(tmp_path, values), ignore_index=ignored, val=0.0)
    assert (found.target.classes, found.decided) == (classes, {})
    assert noted(found, "in 6 masks") == (255 in values or ignored == 2)


def test_the_training_split_decides_for_the_others(tmp_path: Path) -> None:
    """Validation masks of 0 and 255 alone say nothing, where 255 does not count in training."""
    make(tmp_path, (0, 1, 255), images="train/images/{}.jpg", masks="train/masks/{}.png")
    make(tmp_path, (0, 255), images="val/images/{}.jpg", masks="val/masks/{}.png")
    found = opened(tmp_path)
    assert found.target.classes == ("0", "1")
    assert found.val is not None
    assert found.val[0].target.names == {0: "0"}


def test_other_data_of_a_run_is_read_as_its_training_was(tmp_path: Path) -> None:
    run, other = make(tmp_path / "run", (0, 128, 255)), make(tmp_path / "other", (0, 255))
    splits = opened(run, class_names=("ground", "apple", "plum"))
    decided = {key: value for key, (value, _) in splits.decided.items()}
    data = Data(source=str(run), class_names=("ground", "apple", "plum"), **decided)
    keys: Any = {"inputs": (IMAGE,), "wants": "mask", "target": splits.target, "places": {}}
    assert open_split(data, str(other), **keys)[0].target.names == {0: "ground", 255: "plum"}


def test_names_are_in_the_order_of_the_values(tmp_path: Path) -> None:
    found = opened(make(tmp_path, (0, 255)), class_names=("ground", "plum"), val=0.0)
    assert (found.target.classes, found.target.values) == (("ground", "plum"), (0, 255))
    assert noted(found, "0 ground, 255 plum")
    few = opened(make(tmp_path / "few", (0, 128, 255)), class_names=("ground", "apple"), val=0.0)
    assert few.target.values == (0, 128)
    assert noted(few, "255 does not count", "as there are 2 names")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA"])
def test_channels_that_are_the_same_are_grey(tmp_path: Path, mode: str) -> None:
    found = opened(make(tmp_path, paint=lambda mask: grey(mask).convert(mode)), val=0.0)
    assert found.target.classes == ("0", "1", "2")
    assert found.train[0].target.read().shape == (HEIGHT, WIDTH)


def test_colours_without_a_table_are_the_reason_that_is_told(tmp_path: Path) -> None:
    make(tmp_path, paint=painted)
    with pytest.raises(DataError) as error:
        opened(tmp_path)
    message = str(error.value)
    assert "6 of the 6 images" in message
    assert "0.png is not a mask: its pixels are colours (RGB), such as (" in message
    assert "class_dict.csv" in message
    assert "no labels at all" not in message


TABLES = {
    "labelmap.txt": "# label:color_rgb:parts:actions\nground:0,0,0::\nred:128,0,0::\nsea:0,0,255::\n",
    "class_dict.csv": "name,r,g,b\nground,0,0,0\nred,128,0,0\nsea,0,0,255\n",
    "label_colors.txt": "0 0 0\tground\n128 0 0\tred\n0 0 255\tsea\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_colours_are_named_by_a_table(tmp_path: Path, name: str) -> None:
    make(tmp_path, paint=painted)
    (tmp_path / name).write_text(TABLES[name])
    found = opened(tmp_path, val=0.0)
    assert found.target.classes == ("ground", "red", "sea")
    assert (found.target.values, found.target.coloured) == ((0, 0x800000, 0xFF), True)
    assert found.target.counts[1:] == (6 * 14 * 12, 6 * 14 * 12)
    assert noted(found, f"colours are named by {tmp_path / name}")
    with pytest.raises(DataError, match=r"list the classes to use in data.classes"):
        opened(tmp_path, ignore_index=0)


def test_a_class_of_nothing_is_noted(tmp_path: Path) -> None:
    make(tmp_path, paint=painted)
    (tmp_path / "class_dict.csv").write_text("name,r,g,b\nVoid,0,0,0\nred,128,0,0\nsea,0,0,255\n")
    assert noted(
        opened(tmp_path), "'Void' is one of the classes; data.classes without it leaves its pixels out"
    )
    few = opened(tmp_path, classes=("sea", "red"), val=0.0)
    assert (few.target.classes, few.target.values) == (("sea", "red"), (0xFF, 0x800000))
    assert set(np.unique(few.train[0].target.read())) == {0, 0xFF, 0x800000}


def test_a_colour_that_the_table_lacks_is_named(tmp_path: Path) -> None:
    make(tmp_path, paint=painted)
    (tmp_path / "class_dict.csv").write_text("name,r,g,b\nground,0,0,0\nred,128,0,0\n")
    with pytest.raises(DataError, match=r"has no colour \(0, 0, 255\), which 168 of its pixels have"):
        opened(tmp_path)


def test_values_are_named_by_a_table(tmp_path: Path) -> None:
    """As Roboflow writes it, beside images and masks that are in one folder."""
    for split in ("train", "valid"):
        make(tmp_path, images=split + "/{}.jpg", masks=split + "/{}_mask.png")
        (tmp_path / split / "_classes.csv").write_text("Pixel Value, Class\n0, ground\n1, apple\n2, plum\n")
    found = opened(tmp_path)
    assert found.target.classes == ("ground", "apple", "plum")
    assert (len(found.train), len(found.val or ())) == (6, 6)


def test_jpeg_of_black_and_white_is_read(tmp_path: Path) -> None:
    found = opened(make(tmp_path, (0, 255), masks="masks/{}.jpg"), val=0.0)
    assert found.target.classes == ("0", "255")
    assert found.target.counts == (6 * (WIDTH * HEIGHT - 168), 6 * 168)
    assert noted(found, "6 masks are black and white with", "each counts as the nearer of 0 and 255")


@pytest.mark.parametrize("values", [(0, 1, 2), (0, 128, 255)])
def test_jpeg_of_anything_else_is_refused_with_the_reason(tmp_path: Path, values: tuple[int, ...]) -> None:
    make(tmp_path, values, masks="masks/{}.jpg")
    with pytest.raises(DataError, match=r"6 of the 6 images(.|\n)*JPEG keeps no exact values"):
        opened(tmp_path)


def test_smoothed_masks_are_black_and_white(tmp_path: Path) -> None:
    def smoothed(mask: NDArray[Any]) -> Image.Image:
        return grey(mask).resize((400, 300), Image.Resampling.BICUBIC).rotate(7, Image.Resampling.BICUBIC)

    found = opened(make(tmp_path, (0, 255), smoothed), val=0.0)
    assert found.target.classes == ("0", "255")
    assert noted(found, "6 masks are black and white with")


def test_palettes_that_differ_are_noted(tmp_path: Path) -> None:
    make(tmp_path)
    for number in range(6):
        image = Image.open(tmp_path / f"masks/{number}.png").convert("P")
        image.putpalette([0, 0, 0, 10 * number, 0, 0, 0, 200, 0])
        image.save(tmp_path / f"masks/{number}.png")
    assert noted(opened(tmp_path, val=0.0), "5 masks have another palette")
