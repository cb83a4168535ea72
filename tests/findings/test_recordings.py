"""The same recording is found at another rate, loudness and in another format; other recordings are not."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from ftcli.findings.recordings import LIMITS, sketch_sound
from ftcli.findings.sketches import Sketches
from ftcli.media.audio import resampled
from tests.findings.planted import melody


def encoded(
    samples: NDArray[np.float32], rate: int = 16_000, kind: str = "WAV", subtype: str | None = None
) -> bytes:
    content = io.BytesIO()
    soundfile.write(content, samples, rate, format=kind, subtype=subtype)
    return content.getvalue()


def pairs(*sounds: bytes | Path) -> list[tuple[int, int]]:
    sketches = Sketches(LIMITS)
    sketches.add_all(sounds, sketch_sound, threads=2)
    assert not sketches.broken
    return sketches.pairs()


@pytest.mark.parametrize(
    "change",
    [
        lambda samples: encoded(samples, kind="FLAC"),
        lambda samples: encoded(samples / 2),
        lambda samples: encoded(resampled(samples, 16_000, 44_100), 44_100),
        lambda samples: encoded(np.stack([samples, samples], 1)),
        lambda samples: encoded(samples, kind="OGG", subtype="VORBIS"),
        lambda samples: encoded(np.concatenate([np.zeros(4000, np.float32), samples])),
    ],
)
def test_copies_are_found_among_others(change: Callable[[NDArray[np.float32]], bytes]) -> None:
    others = [encoded(melody(seed)) for seed in range(12)]
    assert pairs(*others, change(melody(3))) == [(3, 12)]


def test_different_recordings_are_not_copies() -> None:
    assert pairs(*(encoded(melody(seed)) for seed in range(200))) == []


def test_a_sound_that_goes_on_is_not_a_copy() -> None:
    long = np.concatenate([melody(0), melody(0)[:1600]])
    assert pairs(encoded(melody(0)), encoded(long)) == []


@pytest.mark.parametrize("samples", [np.zeros(16_000, np.float32), np.full(200, 0.5, np.float32)])
def test_silence_and_clicks_have_no_sketch(samples: NDArray[np.float32]) -> None:
    assert sketch_sound(encoded(samples)) is None
