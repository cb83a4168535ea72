"""Decoding, sizes and random changes."""

from __future__ import annotations

import io
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import InterpolationMode, v2

from ftcli.contracts import ImagePreprocess
from ftcli.errors import DataError
from ftcli.media import AUGMENTS
from ftcli.media.augment import Change, Policy, jitter
from ftcli.media.images import centre_crop, decode, normalise, resample, resize
from tests.tiny import data as tiny

PREPROCESS = ImagePreprocess(resize=32, crop=24)


def encoded(image: Image.Image, ending: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, ending, **options)
    return file.getvalue()


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "bmp", "gif", "tiff", "ppm"])
def test_formats(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    Image.new("RGB", (6, 4), (250, 10, 10)).save(path)
    pixels = decode(path)
    assert (pixels.shape, pixels.dtype) == ((3, 4, 6), torch.uint8)
    assert torch.equal(decode(path.read_bytes()), pixels)
    assert pixels[0].min() > 235
    assert pixels[1:].max() < 25


def test_a_format_that_is_not_on_the_list(tmp_path: Path) -> None:
    Image.new("RGB", (32, 32)).save(tmp_path / "a.png", "ICO", sizes=[(16, 16)])
    with pytest.raises(DataError, match=r"a.png is not an image of a known format"):
        decode(tmp_path / "a.png")


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


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_upright(orientation: int) -> None:
    from PIL import ImageOps

    image = Image.fromarray(np.arange(6 * 4 * 3, dtype=np.uint8).reshape(6, 4, 3))
    exif = Image.Exif()
    exif[0x0112] = orientation
    raw = encoded(image, "PNG", exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(raw))))
    assert decode(raw).permute(1, 2, 0).tolist() == expected.tolist()


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


@pytest.mark.parametrize("name", sorted(AUGMENTS))
def test_augmentations_are_functions_of_the_seed(name: str) -> None:
    augment = AUGMENTS.load(name)
    pixels = torch.randint(0, 256, (3, 32, 40), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    before = pixels.clone()
    results = [augment(pixels, PREPROCESS, seed) for seed in (1, 1, 2)]
    assert all(result.shape == (3, 24, 24) and result.dtype == torch.uint8 for result in results)
    assert torch.equal(results[0], results[1])
    assert torch.equal(results[0], results[2]) == (name == "none")
    assert torch.equal(pixels, before)


def test_only_some_policies_mirror() -> None:
    ramp = torch.arange(40, dtype=torch.uint8).mul(6).expand(3, 32, 40).contiguous()
    for name, mirrors in (("light", False), ("flip", True), ("standard", True)):
        falling = [
            bool(out[0, 0, 0] > out[0, 0, -1])
            for out in (AUGMENTS.load(name)(ramp, PREPROCESS, s) for s in range(20))
        ]
        assert any(falling) == mirrors
        assert not all(falling)


def test_the_middle_of_the_range_changes_no_colour() -> None:
    pixels = torch.randint(0, 256, (3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    assert (jitter(pixels, (1.0, 1.0, 1.0)).int() - pixels.int()).abs().max() <= 1
    grey = torch.full((3, 8, 8), 100, dtype=torch.uint8)  # only brightness can change it
    assert set(jitter(grey, (1.3, 1.3, 1.3)).flatten().tolist()) == {130}


def test_a_crop_of_everything_is_a_resize() -> None:
    pixels = torch.randint(0, 256, (3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    whole = Change(0, 0, 32, 32, False, (1.0, 1.0, 1.0)).pixels(pixels, PREPROCESS)
    expected = v2.functional.resize(pixels, [24, 24], antialias=True)
    assert (whole.int() - expected.int()).abs().max() <= 1
    mirrored = Change(0, 0, 32, 32, True, (1.0, 1.0, 1.0)).pixels(pixels, PREPROCESS)
    assert (mirrored.int() - expected.flip(-1).int()).abs().max() <= 1


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic"])
def test_resampling_gives_the_bytes_of_torchvision(
    interpolation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # without it, torchvision goes by floats in old processors, and by bytes in all others
    monkeypatch.setattr("torch.backends.cpu.get_cpu_capability", lambda: "AVX2")
    mode = InterpolationMode(interpolation)
    draw = Random(0)
    for seed in range(30):
        old, new = ([draw.randint(1, 90), draw.randint(1, 90)] for _ in range(2))
        random = torch.Generator().manual_seed(seed)
        pixels = torch.randint(0, 256, (3, *old), dtype=torch.uint8, generator=random)
        expected = v2.functional.resize(pixels, new, interpolation=mode, antialias=True)
        assert torch.equal(resample(pixels, new, interpolation), expected)
        square = min(*old, *new)
        crop = centre_crop(pixels, ImagePreprocess(square, square))
        assert torch.equal(crop, v2.functional.center_crop(pixels, [square, square]))
        if interpolation == "nearest":
            mask = pixels[:1].long() * 1000 - 1
            assert torch.equal(resample(mask, new, interpolation), expected[:1].long() * 1000 - 1)


def test_a_draw_keeps_its_part_inside_and_large_enough() -> None:
    policy = Policy(least=0.5, mirrors=True, strength=0.1)
    for seed in range(200):
        change = policy.draw(30, 40, seed)
        assert 0 <= change.top <= 30 - change.height
        assert 0 <= change.left <= 40 - change.width
        assert change.height * change.width >= 0.45 * 30 * 40  # sides are rounded
        assert all(0.9 <= factor <= 1.1 for factor in change.factors)


def test_a_mask_changes_as_its_image_does() -> None:
    """A picture whose colours are its classes: after any change they still agree."""
    mask = torch.arange(4).repeat_interleave(16).reshape(2, 2, 4, 4).permute(0, 2, 1, 3).reshape(8, 8)
    mask = mask.repeat_interleave(8, 0).repeat_interleave(8, 1)
    pixels = (mask * 60).to(torch.uint8).expand(3, -1, -1).contiguous()
    same = ImagePreprocess(resize=64, crop=64)
    for seed in range(20):
        change = Policy(least=0.5, mirrors=True, strength=0.0).draw(64, 64, seed)
        seen = (change.pixels(pixels, same)[0].float() / 60).round()
        assert (seen == change.mask(mask, 64)).float().mean() > 0.95  # all but the borders between classes


def photograph(height: int, width: int) -> Image.Image:
    """Smooth shapes in colour."""
    y, x = np.mgrid[0:height, 0:width] / 100.0
    waves = [np.sin(x + k) * np.cos(y * (1 + k / 3)) for k in range(3)]
    return Image.fromarray((np.stack(waves, -1) * 110 + 128).astype(np.uint8))


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


def test_a_reduced_jpeg_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    raw = encoded(photograph(640, 960), "JPEG", exif=exif)
    reduced, whole = decode(raw, 40), decode(raw)
    assert (reduced.shape, whole.shape) == ((3, 120, 80), (3, 960, 640))
    target = ImagePreprocess(resize=40, crop=40)
    assert float((resize(reduced, target).float() - resize(whole, target).float()).abs().mean()) < 1


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
