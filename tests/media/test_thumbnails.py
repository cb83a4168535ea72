"""Small pictures: their size on the screen and on the disk, and what is seen on them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from ftcli.media.thumbnails import MOST_BYTES, SIDE, STRIP, beside, jpeg, small, strip

RATE = 16_000


@pytest.mark.parametrize(
    ("size", "shown"), [((400, 800), (80, 160)), ((800, 400), (160, 80)), ((20, 30), (20, 30))]
)
def test_the_longer_side_is_cut_down(size: tuple[int, int], shown: tuple[int, int]) -> None:
    assert small(np.zeros((*size, 3), dtype=np.uint8)).shape == (*shown, 3)


def test_pictures_come_beside_each_other() -> None:
    row = beside([Image.new("RGB", (10, 5), "red"), Image.new("RGB", (20, 8), "blue")])
    assert row.size == (34, 8)
    assert row.getpixel((0, 0)) == (255, 0, 0)
    assert row.getpixel((14, 0)) == (0, 0, 255)
    assert row.getpixel((0, 7)) == row.getpixel((11, 0)) == (255, 255, 255)


def test_even_noise_is_a_small_file() -> None:
    noise = np.random.default_rng(0).integers(256, size=(SIDE, 2 * SIDE + 4, 3), dtype=np.uint8)
    content = jpeg(Image.fromarray(noise))
    assert len(content) <= MOST_BYTES
    assert Image.open(io.BytesIO(content)).size == (2 * SIDE + 4, SIDE)


def test_a_tone_is_a_line_the_higher_the_farther_up() -> None:
    time = np.arange(RATE) / RATE
    rows = []
    for pitch in (200.0, 1000.0, 5000.0):
        picture = strip(np.sin(2 * np.pi * pitch * time).astype(np.float32), RATE)
        assert picture.size == (SIDE, STRIP)
        rows.append(int(np.asarray(picture)[:, SIDE // 2, 0].argmax()))
    assert rows == sorted(rows, reverse=True)
    assert rows[0] > rows[1] > rows[2]


@pytest.mark.parametrize("samples", [np.zeros(5, dtype=np.float32), np.zeros(RATE, dtype=np.float32)])
def test_silence_and_a_click_are_shown(samples: np.ndarray) -> None:
    assert strip(samples, RATE).size == (SIDE, STRIP)
