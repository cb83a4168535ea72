"""Colours for classes."""

from __future__ import annotations

import numpy as np

from ftcli.media.drawing import PALETTE, blended, colour


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
