"""Decoding, sizes and random changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from ftcli.contracts import ImagePreprocess
from ftcli.errors import DataError
from ftcli.media.images import centre_crop, decode, normalise, resize
from tests.media.photographs import encoded, photograph
from tests.tiny import data as tiny

PREPROCESS = ImagePreprocess(resize=32, crop=24)


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("L", 100, (100, 100, 100)),
        ("1", 1, (255, 255, 255)),
        ("LA", (0, 0), (255, 255, 255)),  # transparent black is white
        ("RGBA", (255, 0, 0, 0), (255, 255, 255)),
        ("RGBA", (255, 0, 0, 255), (255, 0, 0)),
        ("I;16", 25700, (100, 100, 100)),
    ],
)
def test_modes(mode: str, colour: Any, expected: tuple[int, int, int]) -> None:
    pixels = decode(encoded(Image.new(mode, (5, 4), colour), "PNG"))
    assert pixels[:, 2, 2].tolist() == list(expected)


def test_a_transparent_palette() -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([9, 9, 9, 0, 200, 0])
    assert decode(encoded(image, "PNG"))[:, 0, 0].tolist() == [0, 200, 0]
    assert decode(encoded(image, "PNG", transparency=1))[:, 0, 0].tolist() == [255, 255, 255]


def test_cmyk() -> None:
    red = decode(encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG"))
    assert red[0].min() > 235
    assert red[1:].max() < 25


@pytest.mark.parametrize(("level", "expected"), [(0.5, 128), (1.0, 255)])
def test_float_levels(level: float, expected: int) -> None:
    image = Image.fromarray(np.full((4, 4), level, np.float32))
    assert set(decode(encoded(image, "TIFF")).flatten().tolist()) == {expected}


def test_levels_without_a_known_scale() -> None:
    image = Image.fromarray(np.array([[0.0, 700.0]], np.float32))
    with pytest.raises(DataError, match="float32 grey levels from 0 to 700: save it with 8 or 16 bits"):
        decode(encoded(image, "TIFF"))


def test_broken_images(tmp_path: Path) -> None:
    whole = tiny.image(tmp_path / "a.jpg", size=(64, 64)).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.jpg").write_text("no image")
    (tmp_path / "empty.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"cut.jpg cannot be decoded: image file is truncated"):
        decode(tmp_path / "cut.jpg")
    for name in ("text.jpg", "empty.jpg"):
        with pytest.raises(DataError, match=rf"{name} is not an image"):
            decode(tmp_path / name)
    with pytest.raises(DataError, match="no such file"):
        decode(tmp_path / "gone.jpg")


def test_too_many_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ftcli.media.orientation.MAX_PIXELS", 1_000_000)
    Image.new("1", (2000, 1000)).save(tmp_path / "a.png")
    with pytest.raises(DataError, match=r"a.png has 2.0 million pixels, and at most 1 are decoded"):
        decode(tmp_path / "a.png")


def test_arrays() -> None:
    grey = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert decode(grey).tolist() == [grey.tolist()] * 3
    colour = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    assert decode(colour).tolist() == colour.transpose(2, 0, 1).tolist()
    with pytest.raises(DataError, match=r"float64 of shape \(2, 2\)"):
        decode(np.zeros((2, 2)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("size", "expected"),
    [((48, 64), (32, 42)), ((64, 48), (42, 32)), ((10, 1000), (32, 64)), ((32, 40), (32, 40))],
)
def test_the_shorter_side_is_resized_and_the_longer_limited(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert resize(torch.zeros(3, *size, dtype=torch.uint8), PREPROCESS).shape == (3, *expected)


def test_squash() -> None:
    squash = ImagePreprocess(resize=32, crop=32, squash=True)
    assert resize(torch.zeros(3, 10, 90, dtype=torch.uint8), squash).shape == (3, 32, 32)


def test_evaluation_is_what_torchvision_does() -> None:
    pixels = torch.randint(0, 256, (3, 70, 50), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    reference = v2.Compose([
        v2.Resize(32, antialias=True), v2.CenterCrop(24), v2.ToDtype(torch.float32, scale=True),
        v2.Normalize(PREPROCESS.mean, PREPROCESS.std),
    ])  # fmt: skip
    found = normalise(centre_crop(resize(pixels, PREPROCESS), PREPROCESS)[None], PREPROCESS)
    assert torch.allclose(found[0], reference(pixels), atol=1e-5)


@pytest.mark.parametrize(
    ("size", "working", "expected"),
    [
        ((640, 960), 32, (80, 120)),
        ((640, 960), 80, (160, 240)),
        ((640, 960), 160, (320, 480)),
        ((640, 960), 161, (640, 960)),  # the half would be less than twice the working size
        ((960, 640), 40, (120, 80)),
        ((644, 960), 40, (161, 240)),  # an eighth would not divide it
        ((641, 960), 32, (641, 960)),
    ],
)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_large_jpeg_is_decoded_at_reduced_scale(
    size: tuple[int, int], working: int, expected: tuple[int, int], mode: str
) -> None:
    raw = encoded(photograph(*size).convert(mode), "JPEG", quality=92)
    reduced = decode(raw, working)
    assert reduced.shape[1:] == expected
    target = ImagePreprocess(resize=working, crop=working)
    ours, theirs = resize(reduced, target).float(), resize(decode(raw), target).float()
    assert float((ours - theirs).abs().mean()) < 1


def test_the_limit_of_pixels_holds_for_the_original(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ftcli.media.orientation.MAX_PIXELS", 300_000)
    with pytest.raises(DataError, match="pixels, and at most"):
        decode(encoded(photograph(640, 960), "JPEG"), 32)


def test_only_a_jpeg_is_reduced() -> None:
    raw = encoded(photograph(320, 480), "PNG")
    assert torch.equal(decode(raw, 16), decode(raw))


def test_normalised_batches_have_channels_last() -> None:
    pixels = torch.randint(0, 256, (2, 3, 5, 4), dtype=torch.uint8)
    batch = normalise(pixels, PREPROCESS)
    assert batch.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(batch, torch.stack([normalise(one, PREPROCESS) for one in pixels]))


@pytest.mark.parametrize("ending", ["GIF", "PNG", "WEBP", "TIFF"])
def test_of_moving_pictures_the_first_is_taken(ending: str) -> None:
    frames = [Image.new("RGB", (6, 4), colour) for colour in ("red", "blue")]
    options: dict[str, Any] = {"lossless": True} if ending == "WEBP" else {}
    pixels = decode(encoded(frames[0], ending, save_all=True, append_images=frames[1:], **options))
    assert torch.equal(pixels, torch.tensor([255, 0, 0], dtype=torch.uint8).view(3, 1, 1).expand(3, 4, 6))


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1)])
def test_the_smallest_and_the_thinnest_images(size: tuple[int, int]) -> None:
    preprocess = ImagePreprocess(resize=32, crop=32)
    pixels = centre_crop(
        resize(decode(encoded(Image.new("RGB", size, (9, 8, 7)), "PNG")), preprocess), preprocess
    )
    assert torch.equal(pixels, torch.tensor([9, 8, 7], dtype=torch.uint8).view(3, 1, 1).expand(3, 32, 32))
