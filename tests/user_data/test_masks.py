"""Masks as people have them: black and white, in steps of grey, as colours, as JPEG, with names of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE
from ftcli.data.splits import Splits, open_split, open_splits
from ftcli.errors import ConfigError, DataError
from tests.running import Command

WIDTH, HEIGHT = 64, 48
Paint = Callable[[NDArray[Any]], Image.Image]


def opened(source: Path, **keys: Any) -> Splits:
    return open_splits(Data(source=str(source), **keys), inputs=(IMAGE,), wants="mask", seed=0, places={})


def noted(splits: Splits, *words: str) -> bool:
    """Whether one note has all the words."""
    return any(all(word in note for word in words) for note in splits.notes)


def squares(values: Sequence[int], seed: int) -> NDArray[Any]:
    """Ground of the first value, and a square of each other one, none of which covers another."""
    mask = np.full((HEIGHT, WIDTH), values[0], dtype=np.int32)
    for place, value in enumerate(values[1:]):
        top = 2 + seed % 20
        mask[top : top + 14, 2 + 15 * place : 14 + 15 * place] = value
    return mask


def grey(mask: NDArray[Any]) -> Image.Image:
    return Image.fromarray(mask.astype(np.uint8))


def as_colours(mask: NDArray[Any]) -> Image.Image:
    """Three channels that are all the same."""
    return grey(mask).convert("RGB")


def painted(mask: NDArray[Any]) -> Image.Image:
    """True colours: the indices 0, 1, 2 as black, red and blue."""
    return Image.fromarray(np.array([[0, 0, 0], [128, 0, 0], [0, 0, 255]], dtype=np.uint8)[mask])


def photo(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 255, (HEIGHT, WIDTH, 3))
    Image.fromarray(noise.astype(np.uint8)).save(path)


def make(
    root: Path,
    values: Sequence[int] = (0, 1, 2),
    paint: Paint = grey,
    images: str = "images/{}.jpg",
    masks: str = "masks/{}.png",
    count: int = 6,
) -> Path:
    """Images and their masks, by their numbers."""
    for number in range(count):
        photo(root / images.format(number), number)
        path = root / masks.format(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        paint(squares(values, number)).save(path)
    return root


# Whether 255 is a class.


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


# What a file holds.


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


# Which mask belongs to which image.

NAMES: Mapping[str, tuple[str, str, str]] = {
    "a word after": ("images/{}.jpg", "masks/{}_mask.png", "'_mask'"),
    "isic": ("images/ISIC_{}.jpg", "masks/ISIC_{}_segmentation.png", "'_segmentation'"),
    "a word before": ("images/{}.jpg", "masks/gt_{}.png", "'gt_'"),
    "a word for each": ("images/{}_sat.jpg", "masks/{}_mask.png", "'_mask'"),
    "beside": ("{}.jpg", "{}_mask.png", "0.jpg has 0_mask.png"),
    "beside, by their endings": ("{}.jpg", "{}.png", "0.jpg has 0.png"),
}


@pytest.mark.parametrize("name", NAMES)
def test_masks_are_found_by_what_their_names_share(tmp_path: Path, name: str) -> None:
    images, masks, said = NAMES[name]
    found = opened(make(tmp_path, images=images, masks=masks), val=0.0)
    assert len(found.train) == 6
    assert noted(found, said)
    for index in range(6):
        number = found.train[index].inputs["image"].name.split(".")[0].removesuffix("_sat").rpartition("_")[2]
        assert found.train[index].target.path == tmp_path / masks.format(number)


LAYOUTS = [
    ("JPEGImages/{}.jpg", "SegmentationClass/{}.png"),
    ("imgs/{}.jpg", "labels/{}.png"),
    ("Images/{}.jpg", "GT/{}.png"),
    ("images/{}.jpg", "annotations/trimaps/{}.png"),
    ("train_images/{}.jpg", "train_masks/{}.png"),
    ("images/monday/{}.jpg", "masks/monday/{}.png"),
]


@pytest.mark.parametrize(("images", "masks"), LAYOUTS)
def test_layouts(tmp_path: Path, images: str, masks: str) -> None:
    assert len(opened(make(tmp_path, images=images, masks=masks), val=0.0).train) == 6


@pytest.mark.parametrize(
    ("images", "masks", "pattern"),
    [
        ("images/{}.jpg", "masks/{}_b.png", "masks/{name}_b.png"),
        ("images/{}.jpg", "masks/{}/all.png", "masks/{name}/all.png"),
        ("{}.jpg", "{}_b.png", "{name}_b.png"),
        ("pictures/{}.jpg", "elsewhere/{}_b.png", "elsewhere/{name}_b.png"),
    ],
)
def test_a_pattern_names_the_masks(tmp_path: Path, images: str, masks: str, pattern: str) -> None:
    make(tmp_path, images=images, masks=masks)
    source = tmp_path / "pictures" if images.startswith("pictures") else tmp_path
    mask = str(tmp_path / pattern) if source != tmp_path else pattern
    found = opened(source, mask=mask, val=0.0)
    assert len(found.train) == 6
    assert found.train[3].target.path == tmp_path / masks.format(3)


def test_a_pattern_may_name_the_split(tmp_path: Path) -> None:
    for split, count in (("train", 4), ("val", 2)):
        make(tmp_path, images=f"images/{split}/{{}}.jpg", masks=f"truth/{split}/{{}}_b.png", count=count)
    found = opened(tmp_path, mask="truth/{split}/{name}_b.png")
    assert (len(found.train), len(found.val or ())) == (4, 2)


def test_several_masks_of_an_image_are_a_question(tmp_path: Path) -> None:
    make(tmp_path, masks="masks/{}_a.png")
    make(tmp_path, masks="masks/{}_b.png")
    with pytest.raises(DataError, match=r"several masks: '\{name\}_a', '\{name\}_b'. data.mask says"):
        opened(tmp_path)
    assert noted(opened(tmp_path, mask="masks/{name}_a.png"), "images, taken by the seed")


def test_images_without_a_mask_are_left_out_if_that_is_asked_for(tmp_path: Path) -> None:
    make(tmp_path, masks="masks/{}_mask.png")
    (tmp_path / "masks/3_mask.png").rename(tmp_path / "masks/other_mask.png")
    with pytest.raises(
        DataError, match=r"1 of its 6 images have no mask .*: 3.jpg. data.missing_labels: skip"
    ):
        opened(tmp_path)
    found = opened(tmp_path, missing_labels="skip", val=0.0)
    assert len(found.train) == 5
    assert "3.jpg has no mask" in found.skipped[0]
    assert noted(found, "1 of its 6 images", "left out")
    assert noted(found, "1 masks without an image were not read: other_mask.png")
    with pytest.raises(DataError, match="missing_labels: every pixel has a class"):
        opened(tmp_path, missing_labels="empty")
    with pytest.raises(ConfigError, match="missing_labels"):
        open_splits(
            Data(source="digits", missing_labels="skip"), inputs=(IMAGE,), wants="category", seed=0, places={}
        )


# The commands.


@pytest.mark.parametrize(("images", "masks"), [("images/{}.jpg", "masks/{}_mask.png"), *LAYOUTS[:2]])
def test_init_recognises_masks(ftcli: Command, workplace: Path, images: str, masks: str) -> None:
    make(workplace / "set", (0, 255), images=images, masks=masks)
    written = ftcli.ok("init", "set")
    assert "task: semantic-segmentation" in written
    assert "# 2 classes: 0, 255" in written
    assert "255 is a class" in written
    assert "  ignore_index: none\n" in written
    assert "# ignore_index" not in written


def test_init_looks_into_the_only_folder(ftcli: Command, workplace: Path) -> None:
    """Images and masks there are not two classes of images."""
    make(workplace / "archive" / "set", (0, 255), images="images/{}.jpg", masks="masks/{}.png")
    written = ftcli.ok("init", "archive")
    assert "task: semantic-segmentation" in written
    assert "source: archive/set" in written
    assert written.partition("\n")[2] == ftcli.ok("init", "archive/set").partition("\n")[2]


def test_init_says_why_masks_cannot_be_used(ftcli: Command, workplace: Path) -> None:
    make(workplace / "set", paint=painted)
    written = ftcli.ok("init", "set")
    assert "task: semantic-segmentation" in written
    assert "its pixels are colours (RGB)" in written


@pytest.mark.parametrize(
    ("images", "masks"),
    [
        ("ISIC_Input/{}.jpg", "ISIC_GroundTruth/{}_segmentation.png"),
        ("photos/{}.jpg", "photos_gt/{}.png"),
        ("Original/{}.png", "manual-masks/{}_m.png"),
    ],
)
def test_two_folders_of_which_one_is_called_as_masks_are(
    ftcli: Command, workplace: Path, images: str, masks: str
) -> None:
    make(workplace / "set", (0, 255), images=images, masks=masks)
    assert "task: semantic-segmentation" in ftcli.ok("init", "set")


@pytest.mark.parametrize("classes", [("mask", "nomask"), ("with_mask", "bare")])
def test_classes_that_are_called_as_masks_are(
    ftcli: Command, workplace: Path, classes: tuple[str, str]
) -> None:
    make(workplace / "set", (0, 255), images=f"{classes[0]}/{{}}.png", masks=f"{classes[1]}/{{}}.png")
    assert "task: image-classification" in ftcli.ok("init", "set")
