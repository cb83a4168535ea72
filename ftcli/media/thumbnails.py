"""Small pictures of examples for a report: images, several beside each other, and strips of sounds."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Pixels of the longer side, and the height of a strip.
SIDE, STRIP = 160, 64
# Pixels between pictures that are beside each other.
GAP = 4
# Of a file: 24 of them are less than 400 KB.
MOST_BYTES = 16_000
# The loudest part of a sound down to what is shown as black.
DECIBELS = 80.0
_QUALITIES = (85, 70, 55, 40, 25, 10)


def small(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels (H, W, 3) with the longer side cut down to `SIDE`; smaller ones as they are."""
    image = Image.fromarray(pixels)
    image.thumbnail((SIDE, SIDE), Image.Resampling.BICUBIC)
    return np.asarray(image)


def beside(pictures: Sequence[Image.Image]) -> Image.Image:
    """Pictures in a row, on white."""
    height = max(one.height for one in pictures)
    row = Image.new("RGB", (sum(one.width + GAP for one in pictures) - GAP, height), "white")
    left = 0
    for one in pictures:
        row.paste(one, (left, 0))
        left += one.width + GAP
    return row


def strip(samples: NDArray[np.float32], rate: int) -> Image.Image:
    """The spectrogram of a sound, (samples,) at `rate`: time from left to right, low frequencies below, loud is bright.

    It is `SIDE` wide and `STRIP` high.
    """
    window = max(32, round(0.025 * rate))
    padded = np.pad(samples, (0, max(0, window - len(samples))))
    starts = np.linspace(0, len(padded) - window, SIDE).round().astype(np.int64)
    frames = padded[starts[:, None] + np.arange(window)] * np.hanning(window)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    # Rows are as far apart on the mel scale, by which high frequencies are closer together.
    mels = np.linspace(2595 * np.log10(1 + rate / 2 / 700), 0, STRIP)
    places = 700 * (10 ** (mels / 2595) - 1) / (rate / 2) * (power.shape[1] - 1)
    rows = np.stack([np.interp(places, np.arange(power.shape[1]), frame) for frame in power], axis=1)
    loud = 10 * np.log10(rows / max(float(rows.max()), 1e-12) + 1e-12)
    return Image.fromarray((255 * np.clip(1 + loud / DECIBELS, 0, 1)).astype(np.uint8)).convert("RGB")


def jpeg(picture: Image.Image) -> bytes:
    """The picture as a JPEG file of at most about `MOST_BYTES`: of less quality where it needs to be."""
    content = b""
    for quality in _QUALITIES:
        file = io.BytesIO()
        picture.convert("RGB").save(file, "JPEG", quality=quality)
        content = file.getvalue()
        if len(content) <= MOST_BYTES:
            break
    return content
