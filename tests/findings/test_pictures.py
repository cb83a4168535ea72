"""The same picture is found in another size, format and direction; other pictures are not."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from ftcli.errors import DataError
from ftcli.findings.pictures import LIMITS, sketch_image
from ftcli.findings.sketches import Sketches
from tests.findings.planted import photograph


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def pairs(*images: Any) -> list[tuple[int, int]]:
    sketches = Sketches(LIMITS)
    sketches.add_all(images, sketch_image, threads=2)
    return sketches.pairs()


@pytest.mark.parametrize(
    "change",
    [
        lambda image: encoded(image, "JPEG", quality=30),
        lambda image: encoded(image.resize((300, 200)), "PNG"),
        lambda image: encoded(image.resize((64, 64)), "WEBP", quality=60),
        lambda image: encoded(ImageOps.mirror(image), "JPEG", quality=80),
        lambda image: np.asarray(image.point(lambda level: min(255, level * 51 // 50))),
        lambda image: encoded(image.convert("RGBA"), "TIFF"),
    ],
)
def test_copies_are_found_among_others(change: Callable[[Image.Image], Any]) -> None:
    others = [encoded(photograph(seed, (640, 480)), "JPEG", quality=95) for seed in range(12)]
    assert pairs(*others, change(photograph(7, (640, 480)))) == [(7, 12)]


def test_different_pictures_are_not_copies() -> None:
    assert pairs(*(encoded(photograph(seed), "PNG") for seed in range(300))) == []


def test_pages_that_differ_in_a_few_words_are_not_copies() -> None:
    def page(seed: int) -> bytes:
        shown = Image.new("L", (500, 700), 255)
        pen, random = ImageDraw.Draw(shown), np.random.default_rng(seed)
        for line in range(20, 680, 40):
            pen.line((20, line, 480, line), 0, 2)
        for line in range(30, 680, 40):
            pen.rectangle((20, line, 20 + int(random.integers(40, 440)), line + 16), 60)
        return encoded(shown, "PNG")

    assert pairs(*map(page, range(40))) == []


@pytest.mark.parametrize("make", [
    lambda seed: np.full((64, 64), 100 + seed, np.uint8),
    lambda seed: np.random.default_rng(seed).integers(90, 110, (200, 200, 3)).astype(np.uint8),
    # Digits of 28 x 28 pixels and the like are too small.
    lambda seed: np.kron(np.random.default_rng(seed // 2).integers(0, 255, (7, 7)), np.ones((4, 4))).astype(np.uint8),
])  # fmt: skip
def test_flat_and_small_images_are_never_copies(make: Callable[[int], Any]) -> None:
    assert pairs(*map(make, range(20))) == []


def test_what_cannot_be_decoded_is_named_and_the_others_keep_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"nothing")
    photograph(1).save(tmp_path / "b.png")
    sketches = Sketches(LIMITS)
    sketches.add_all(
        [tmp_path / "a.png", str(tmp_path / "b.png"), tmp_path / "b.png"], sketch_image, threads=1
    )
    assert list(sketches.broken) == [0]
    assert "a.png" in sketches.broken[0]
    assert sketches.pairs() == [(1, 2)]
    with pytest.raises(DataError):
        sketch_image(tmp_path / "a.png")
