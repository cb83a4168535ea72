"""Names of masks and their folders, as sets that many people use have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.data.discovery.recognise import recognise
from ftcli.data.splits import Splits
from ftcli.errors import DataError
from tests.user_data.mask_sets import grey, noted, opened, photo, squares


def made(root: Path, names: dict[str, str]) -> Path:
    """Images, and the mask of each, whose square of 1 lies elsewhere in every mask."""
    for number, (image, mask) in enumerate(names.items()):
        photo(root / image, number)
        (root / mask).parent.mkdir(parents=True, exist_ok=True)
        grey(squares((0, 1), number)).save(root / mask)
    return root


def check(found: Splits, wanted: list[str]) -> None:
    """Each image has the mask that was made for it."""
    assert found.val is not None
    splits = (found.train, found.val)
    masks = {one.id: one.target.read() for part in splits for one in (part[i] for i in range(len(part)))}
    assert set(masks) == set(wanted)
    for number, image in enumerate(wanted):
        assert (masks[image] == squares((0, 1), number)).all()


@pytest.mark.parametrize(
    ("image", "mask", "note"),
    [
        ("image_{}.jpg", "mask_{}.png", "'mask_', as image_0.jpg has mask_0.png"),
        ("img{:03}.jpg", "mask{:03}.png", "'mask', as img000.jpg has mask000.png"),
        ("img_{}.jpg", "{}_mask.png", "'_mask', as img_0.jpg has 0_mask.png"),
        ("IMG_{}.JPG", "img_{}.png", "'img_', as IMG_0.JPG has img_0.png"),
        ("{}_Sat.JPG", "{}_sat_Mask.png", "'_sat_Mask', as 0_Sat.JPG has 0_sat_Mask.png"),
    ],
)
def test_images_and_masks_with_words_of_their_own(tmp_path: Path, image: str, mask: str, note: str) -> None:
    numbers = range(12)
    made(tmp_path, {f"images/{image.format(n)}": f"masks/{mask.format(n)}" for n in numbers})
    found = opened(tmp_path)
    check(found, [image.format(n) for n in numbers])
    assert noted(found, note)


def test_few_images_have_masks(tmp_path: Path) -> None:
    """The word is that of all masks, so images without one are named as such."""
    made(tmp_path, {f"images/{n}.jpg": f"masks/{n}_mask.png" for n in range(6)})
    for number in range(6, 14):
        photo(tmp_path / f"images/{number}.jpg", number)
    with pytest.raises(DataError, match=r"8 of its 14 images have no mask.*data\.missing_labels"):
        opened(tmp_path)
    found = opened(tmp_path, missing_labels="skip")
    check(found, [f"{n}.jpg" for n in range(6)])
    assert len(found.skipped) == 8


def test_capitals_of_a_few_masks_differ(tmp_path: Path) -> None:
    names = {"images/a.JPG": "masks/a.png", "images/B.jpg": "masks/b.png", "images/c.jpg": "masks/C.png"}
    found = opened(made(tmp_path, names))
    check(found, ["a.JPG", "B.jpg", "c.jpg"])
    assert noted(found, "capitals in the names", "as B.jpg has b.png")


def test_capitals_tell_images_apart(tmp_path: Path) -> None:
    names = {"images/a.jpg": "masks/a.png", "images/A.jpg": "masks/A.png", "images/c.jpg": "masks/c.png"}
    found = opened(made(tmp_path, names))
    check(found, ["a.jpg", "A.jpg", "c.jpg"])
    assert not noted(found, "in the names of images and masks")


def test_masks_beside_images_in_a_folder_for_each_patient(tmp_path: Path) -> None:
    """They were recognised as class folders, of photographs and masks."""
    images = [f"kaggle_3m/{patient}/{patient}_{number}.tif" for patient in "AB" for number in range(3)]
    made(tmp_path, {image: image.replace(".tif", "_mask.tif") for image in images})
    check(opened(tmp_path), images)
    assert recognise(tmp_path).kind.wanted == "mask"


def test_photographs_that_are_called_like_masks_are_classes(tmp_path: Path) -> None:
    for number in range(4):
        photo(tmp_path / f"covered/{number}.jpg", number)
        photo(tmp_path / f"covered/{number}_mask.jpg", 10 + number)
        photo(tmp_path / f"bare/{number}.jpg", 20 + number)
    assert recognise(tmp_path).classes == ("bare", "covered")


VOC = [0, 0, 0, 128, 0, 0, 0, 128, 0]


@pytest.mark.parametrize(
    ("palette", "classes", "note"),
    [
        (VOC, ("ground", "cat", "dog"), "values are named by"),
        ([0, 0, 0, 0, 128, 0, 128, 0, 0], ("ground", "dog", "cat"), "values are named by"),
        ([*VOC[:6], 1, 2, 3], ("0", "1", "2"), "names colours, which the values of the masks do not have"),
        ([*VOC[:6], 128, 0, 0], ("0", "1", "2"), "names colours, which the values of the masks do not have"),
    ],
)
def test_a_table_of_colours_names_indices_by_their_palette(
    tmp_path: Path, palette: list[int], classes: tuple[str, ...], note: str
) -> None:
    """As CVAT exports masks for segmentation: they were called by their numbers, without a word."""
    for number in range(4):
        photo(tmp_path / f"images/{number}.jpg", number)
        mask = grey(squares((0, 1, 2, 255), number))
        mask.putpalette([*palette, *[0] * (765 - len(palette)), 224, 224, 192])
        (tmp_path / "masks").mkdir(exist_ok=True)
        mask.save(tmp_path / f"masks/{number}.png")
    (tmp_path / "labelmap.txt").write_text(
        "# label:color_rgb::\nground:0,0,0::\ncat:128,0,0::\ndog:0,128,0::\n"
    )
    found = opened(tmp_path, val=0.0)
    assert found.target.classes == classes
    assert noted(found, "labelmap.txt", note)
    assert noted(found, "255 does not count")
    assert (found.train[0].target.read() == squares((0, 1, 2, 255), 0)).all()


def test_cityscapes(tmp_path: Path) -> None:
    """It has several masks of each image: which is meant is asked, with what to write."""
    for split in ("train", "val"):
        names = {
            f"leftImg8bit/{split}/ulm/ulm_{n}_leftImg8bit.png": f"gtFine/{split}/ulm/ulm_{n}_gtFine_labelTrainIds.png"
            for n in range(3)
        }
        made(tmp_path, names)
        made(tmp_path, {image: mask.replace("TrainIds", "Ids") for image, mask in names.items()})
    with pytest.raises(DataError, match=r"several masks: .*gtFine/\{split\}/\{name\}_gtFine_labelIds.png"):
        opened(tmp_path)
    found = opened(tmp_path, mask="gtFine/{split}/{name}_gtFine_labelTrainIds.png")
    assert found.val is not None
    assert (len(found.train), len(found.val)) == (3, 3)
    assert recognise(tmp_path).kind.wanted == "mask"
