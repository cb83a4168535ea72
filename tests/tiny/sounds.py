"""Makers of tiny sounds. Each takes the path to write to and gives it back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

PITCHES = {"low": 200.0, "high": 900.0}  # Hz


def tone(seconds: float = 0.1, pitch: float = 440.0, rate: int = 8000, seed: int = 0) -> NDArray[np.float32]:
    """A sine with a little noise, float32 (samples,)."""
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(seed).normal(0, 0.01, len(time))
    return (0.5 * np.sin(2 * np.pi * pitch * time) + noise).astype(np.float32)


def sound(
    path: Path, seconds: float = 0.1, pitch: float = 440.0, rate: int = 8000, seed: int = 0, channels: int = 1
) -> Path:
    """A file of `tone`; the format is by its ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.repeat(tone(seconds, pitch, rate, seed)[:, None], channels, axis=1)
    ogg = {".opus": ("OGG", "OPUS"), ".oga": ("OGG", "VORBIS")}.get(path.suffix, (None, None))
    soundfile.write(path, samples, rate, format=ogg[0], subtype=ogg[1])
    return path


def class_folders(root: Path, classes: Sequence[str] = ("high", "low"), per_class: int = 4) -> Path:
    """`<class>/<number>.wav`, where the pitch tells the class."""
    for name in classes:
        for number in range(per_class):
            sound(root / name / f"{number}.wav", pitch=PITCHES.get(name, 500.0), seed=number)
    return root


def named_files(root: Path, per_class: int = 4, speakers: Sequence[str] = ("ann", "bob")) -> Path:
    """`<0 or 1>_<speaker>_<index>.wav`, where the pitch tells the number; no folders."""
    for label, pitch in enumerate(PITCHES.values()):
        for speaker in speakers:
            for index in range(per_class):
                sound(root / f"{label}_{speaker}_{index}.wav", pitch=pitch, seed=index)
    return root
