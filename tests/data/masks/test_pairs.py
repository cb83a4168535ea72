"""Names of images and of their masks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ftcli.data.masks.pairs import Pairs, pairs, together, without_ending
from ftcli.errors import DataError


def found(root: Path, images: Sequence[str], masks: Sequence[str], pattern: str | None = None) -> Pairs:
    for name in (*(f"images/{one}" for one in images), *(f"masks/{one}" for one in masks)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return pairs(root / "images", None, root / "masks", pattern)


def named(root: Path, one: Pairs) -> list[str | None]:
    return [None if mask is None else str(mask.relative_to(root / "masks")) for mask in one.masks]


def test_the_same_name_comes_before_a_word(tmp_path: Path) -> None:
    one = found(tmp_path, ["a.jpg", "b.jpg", "c.jpg"], ["a.png", "b.png", "a_mask.png", "c_mask.png"])
    assert named(tmp_path, one) == ["a.png", "b.png", None]
    assert "2 masks without an image were not read: a_mask.png, c_mask.png" in one.notes[0]


def test_numbers_that_begin_alike_are_not_mixed_up(tmp_path: Path) -> None:
    images = [f"{number}.jpg" for number in range(1, 12)]
    one = found(tmp_path, images, [f"{number}_mask.png" for number in range(1, 12)])
    assert named(tmp_path, one) == [f"{Path(image).stem}_mask.png" for image in one.images]


def test_a_list_names_the_images(tmp_path: Path) -> None:
    found(tmp_path, ["a.jpg", "b.jpg"], ["a_mask.png", "b_mask.png"])
    (tmp_path / "train.txt").write_text("b\na\ngone\n")
    one = pairs(tmp_path / "images", tmp_path / "train.txt", tmp_path / "masks", None)
    assert (one.images, named(tmp_path, one)) == (
        ["b.jpg", "a.jpg", "gone"],
        ["b_mask.png", "a_mask.png", None],
    )


def test_a_pattern_and_an_ending_that_all_images_have(tmp_path: Path) -> None:
    images = ["x/a_left.png", "x/b_left.png"]
    masks = ["x/a_ids.png", "x/a_color.png", "x/b_ids.png", "x/b_color.png"]
    one = found(tmp_path, images, masks, "{name}_ids.png")
    assert named(tmp_path, one) == ["x/a_ids.png", "x/b_ids.png"]
    with pytest.raises(DataError, match="2 images has a mask; the first would be"):
        found(tmp_path, images, masks, "{name}_labels.png")


def test_names_that_share_nothing_are_answered(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"no mask of the same name in .*masks: a.jpg, b.jpg; there are x.png"
    ):
        found(tmp_path, ["a.jpg", "b.jpg"], ["x.png", "y.png"])
    with pytest.raises(DataError, match="images has no images"):
        found(tmp_path / "empty", ["a.txt"], ["a.png"])


def test_pairs_within_one_folder() -> None:
    one = together(["a.jpg", "a_mask.png", "b.jpg", "b_mask.png", "c_mask.png"])
    assert one is not None
    assert (one.masks, one.spare) == ({"a.jpg": "a_mask.png", "b.jpg": "b_mask.png"}, ["c_mask.png"])
    one = together(["a.jpg", "a.png", "b.jpg"])
    assert one is not None
    assert one.masks == {"a.jpg": "a.png"}
    assert together(["a.jpg", "b.jpg", "mask.png"]) is None


def test_endings_that_all_names_have() -> None:
    assert without_ending(["1_sat", "2_sat"]) == ["1", "2"]
    assert without_ending(["1_sat"]) == ["1_sat"]
    assert without_ending(["cat", "bat"]) == ["cat", "bat"]
