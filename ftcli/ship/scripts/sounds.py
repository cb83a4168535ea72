"""Sounds as tensors."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import soundfile
import soxr
from transformers import AutoFeatureExtractor

from ftcli.ship.scripts.onnx_runtime import FOLDER
from ftcli.ship.scripts.settings import SETTINGS

AUDIO = SETTINGS["audio"]


@cache
def extractor() -> Any:
    """What makes spectrograms, or normalises samples."""
    return AutoFeatureExtractor.from_pretrained(str(FOLDER), trust_remote_code=False)


def samples_of(sound: Any) -> np.ndarray:
    """float32 (samples,) of a file: the mean of its channels, at the rate of the network."""
    with soundfile.SoundFile(sound) as file:
        limit = AUDIO["longest"]
        wanted = file.frames if limit is None else min(file.frames, math.ceil(limit * file.samplerate))
        samples = file.read(wanted, dtype="float32", always_2d=True).mean(1, dtype=np.float32)
        if file.samplerate != AUDIO["rate"]:
            samples = soxr.resample(samples, file.samplerate, AUDIO["rate"], quality="HQ")
    return np.pad(samples, (0, max(0, AUDIO["shortest"] - len(samples))))


def encoded(samples: np.ndarray) -> tuple[np.ndarray, int]:
    """What the network takes of one sound, and how many of its steps are sound."""
    window, options = AUDIO["window"], {}
    if window is not None:
        samples = samples[:window]
        if AUDIO["name"] == "input_features":
            options = {"max_length": window, "padding": "max_length", "truncation": True}
    made = extractor()(samples, sampling_rate=AUDIO["rate"], return_tensors="np", **options)
    values = np.asarray(made[AUDIO["name"]][0], dtype=np.float32)
    if window is not None:
        return values, math.ceil(len(samples) / AUDIO["hop"])
    length = len(values) if "attention_mask" not in made else int(made["attention_mask"][0].sum())
    return values[:length], length


def batch(inputs: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """`values`, float32, padded behind, and `lengths`, int64 (B,)."""
    rows = [encoded(samples_of(one["audio"])) for one in inputs]
    longest, padding = max(len(values) for values, _ in rows), extractor().padding_value
    padded = [
        np.pad(values, [(0, longest - len(values)), *[(0, 0)] * (values.ndim - 1)], constant_values=padding)
        for values, _ in rows
    ]
    return {"values": np.stack(padded), "lengths": np.array([length for _, length in rows])}
