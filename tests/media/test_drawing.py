"""Pictures of classes: colours, boxes with their text, masks."""

from __future__ import annotations

import numpy as np

from ftcli.media.drawing import (
    PALETTE,
    LabelledBox,
    blended,
    colour,
    colour_image,
    resized,
    value_image,
    with_boxes,
)

GREY = np.full((40, 60, 3), 128, dtype=np.uint8)


def test_neighbouring_classes_have_colours_far_apart() -> None:
    colours = np.array([colour(index) for index in range(20)], dtype=float)
    assert len({tuple(one) for one in colours.tolist()}) == 20
    assert np.abs(np.diff(colours, axis=0)).max(axis=1).min() > 50
    assert PALETTE[:3] == list(colour(0))
    assert len(PALETTE) == 3 * 256


def test_a_mask_is_blended_over_its_picture() -> None:
    pixels = np.full((1, 2, 3), 200, dtype=np.uint8)
    mixed = blended(pixels, np.array([[0, 1]]), opacity=0.5)
    assert mixed[0, 0].tolist() == [115, 115, 115]
    assert mixed[0, 1].tolist() == [round((200 + value) / 2) for value in colour(1)]
    assert blended(pixels, np.array([[0, 1]]), opacity=0).tolist() == pixels.tolist()


def test_a_mask_keeps_its_indices_at_another_size() -> None:
    mask = np.array([[0, 3, 1], [2, 2, 400]], dtype=np.uint16)
    assert resized(mask, 4, 6)[::2, ::2].tolist() == mask.tolist()
    assert resized((mask % 256).astype(np.uint8), 7, 5).tolist() == (resized(mask, 7, 5) % 256).tolist()
    assert blended(np.zeros((2, 3, 3), np.uint8), mask).shape == (2, 3, 3)


def test_a_mask_is_saved_in_the_values_of_the_data() -> None:
    mask = np.array([[0, 1]], dtype=np.uint8)
    image = value_image(mask, (0, 255))
    assert (image.mode, np.asarray(image).tolist()) == ("P", [[0, 255]])
    assert image.convert("RGB").getpixel((1, 0)) == colour(1)
    wide = value_image(mask, (7, 300))
    assert (wide.mode, np.asarray(wide).tolist()) == ("I;16", [[7, 300]])
    assert np.asarray(colour_image(mask, (0, 0x0A0B0C))).tolist() == [[[0, 0, 0], [10, 11, 12]]]


def test_the_last_of_two_boxes_is_on_top() -> None:
    below, above = (LabelledBox((5.0, 20.0, 30.0, 35.0), text, index) for text, index in (("a", 1), ("b", 2)))
    assert with_boxes(GREY, [below, above]).getpixel((30, 35)) == colour(2)
    assert with_boxes(GREY, [above, below]).getpixel((30, 35)) == colour(1)
    assert with_boxes(GREY, [below]).getpixel((15, 30)) == (128, 128, 128)


def test_a_text_stays_within_the_picture() -> None:
    """Of a box in the upper right corner, and of a picture that is narrower than the text."""
    picture = with_boxes(GREY, [LabelledBox((55.0, 0.0, 59.0, 30.0), "cat 0.9", 1)])
    assert colour(1) in {picture.getpixel((x, 5)) for x in range(10, 50)}
    assert with_boxes(GREY[:, :8], [LabelledBox((0.0, 0.0, 7.0, 30.0), "cat 0.9", 1)]).size == (8, 40)


def test_the_pixels_that_were_given_stay_as_they_are() -> None:
    with_boxes(GREY, [LabelledBox((5.0, 20.0, 30.0, 35.0), "a", 1)])
    assert (GREY == 128).all()


def test_a_class_whose_name_is_not_utf8_is_drawn_with_escapes() -> None:
    escaped, plain = (
        with_boxes(GREY, [LabelledBox((5.0, 20.0, 30.0, 35.0), text, 1)]) for text in ("\udce9", "\\udce9")
    )
    assert escaped.tobytes() == plain.tobytes()
