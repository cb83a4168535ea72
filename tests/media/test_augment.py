"""Augmentation."""

from __future__ import annotations

from random import Random

import pytest
import torch
from torchvision.transforms import InterpolationMode, v2

from ftcli.contracts import ImagePreprocess
from ftcli.media import AUGMENTS
from ftcli.media.augment import Change, Policy, flip, jitter
from ftcli.media.images import centre_crop, resample

PREPROCESS = ImagePreprocess(resize=32, crop=24)


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


def test_boxes_are_cut_mirrored_and_scaled_and_left_out_where_little_is_left() -> None:
    change = Change(top=10, left=10, height=20, width=40, mirrored=True, factors=(1.0, 1.0, 1.0))
    boxes = torch.tensor([[20.0, 12, 30, 22], [0, 10, 16, 20], [0, 10, 14, 20], [60, 40, 70, 50]])
    changed, kept = change.boxes(boxes, (40, 80))
    assert kept.tolist() == [True, True, False, False]  # 1, 6 / 16 and 4 / 14 of their areas; none
    assert changed[:2].tolist() == [[40, 4, 60, 24], [68, 0, 80, 20]]


@pytest.mark.parametrize(("height", "width"), [(300, 400), (400, 300), (100, 100)])
def test_parts_keep_the_ratio_of_their_image(height: int, width: int) -> None:
    for seed in range(20):
        change = flip.draw(height, width, seed, (width / height, width / height))
        assert abs(change.width / change.height - width / height) < 0.03
        assert change.width * change.height >= 0.49 * height * width
