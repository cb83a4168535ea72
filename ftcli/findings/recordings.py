"""Sketches of sounds, by which the same recording is found: at another rate or loudness, or in another format."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.findings.sketches import WAVES, Limits, Sketch, signs_of
from ftcli.media.audio import read_samples, resampled

# Measured on spoken digits, 50 recordings of each by one speaker, the hardest case that was at hand: two of them differ
# by 10 levels (root mean square) and more; Ogg, Opus, u-law, twice the rate and half the loudness change 90 % of them
# by less than 6. MP3 at low rates, and sounds that were cut, are not found.
LIMITS = Limits(patch=35, mean=5, patch_share=0.8, mean_share=0.15, length=0.02)
# Hz, samples of a frame, and seconds that are read of a sound, so that memory is bounded.
_RATE, _FRAME, LONGEST = 8_000, 256, 600.0
# What is softer than this share of the loudest sample, at the start and the end, is not a part of the sound.
_SILENCE = 0.02
# Levels below the loudest place, in dB, that count.
_DEPTH = 60.0


def sketch_sound(sound: Any) -> Sketch | None:
    """The sketch of a file or its bytes, from its spectrogram; None for a sound of less than 0.13 seconds.

    Raises `DataError` for a sound that cannot be decoded.
    """
    samples, rate = read_samples(sound, longest=LONGEST)
    heard = _heard(resampled(samples, rate, _RATE))
    if len(heard) < 4 * _FRAME:
        return None
    levels = _levels(heard)
    patches = levels.reshape(16, 2, 16, 2).mean((1, 3)).round().astype(np.uint8)
    return Sketch(signs_of(levels), patches[:, :, None], len(heard) / _RATE)


def _heard(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Without silence at the start and the end."""
    loud = np.abs(samples)
    found = np.flatnonzero(loud > _SILENCE * loud.max(initial=0))
    return samples[found[0] : found[-1] + 1] if len(found) else samples[:0]


def _levels(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Levels (32, 32) from 0 to 255, of bands from low to high in frames from first to last."""
    starts = np.linspace(0, len(samples) - _FRAME, 2 * WAVES).astype(np.int64)
    frames = samples[starts[:, None] + np.arange(_FRAME)] * np.hanning(_FRAME)
    power = np.abs(np.fft.rfft(frames, axis=1)[:, 1:]) ** 2
    bands = power.reshape(WAVES, 2, WAVES, _FRAME // 2 // WAVES).mean((1, 3)).T
    decibels = 10 * np.log10(bands / bands.max() + 10 ** (-_DEPTH / 10))
    levels: NDArray[np.float64] = np.clip((decibels + _DEPTH) / _DEPTH, 0, 1) * 255
    return levels
