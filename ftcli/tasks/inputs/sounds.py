"""Sounds going in: samples at the rate of the weights, as these expect them; batches of sounds of like length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
import torch
from torch import Tensor

from ftcli.config.schema import Data
from ftcli.contracts import Encoded, Example
from ftcli.errors import DataError
from ftcli.media.audio import read_sound, seconds, wav_bytes
from ftcli.media.file_content import FileContent
from ftcli.models.pretrained.audio_preprocessing import AudioPreprocess
from ftcli.tasks.lengths import too_long

DECODER = 1  # goes up whenever the same file would give other samples than before


class Sounds:
    """Decodes, resamples, and cuts what is longer than `max_seconds` or than the network's window."""

    def __init__(self, preprocess: AudioPreprocess, max_seconds: float | None = None) -> None:
        self.preprocess = preprocess
        limits = [limit for limit in (max_seconds, preprocess.longest) if limit is not None]
        self.longest = min(limits, default=None)  # seconds

    @classmethod
    def options(cls, data: Data) -> dict[str, Any]:
        """Where sounds are cut."""
        return {"max_seconds": data.max_seconds}

    def samples(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """One second and two seconds of a tone of 440 Hz."""
        tone = np.sin(2 * np.pi * 440 * np.arange(32_000) / 16_000)
        return {"audio": wav_bytes(tone[:16_000], 16_000)}, {"audio": wav_bytes(tone, 16_000)}

    @property
    def sequence(self) -> str | None:
        """Where every sound fills the same window, none is longer than another."""
        return "values" if self.preprocess.window is None else None

    @property
    def encoding(self) -> Mapping[str, Any]:
        """The feature extractor, the longest sound, and the versions of what decodes and resamples."""
        decoder = [DECODER, soundfile.__libsndfile_version__, soxr.__version__]
        return {"sounds": self.preprocess.facts, "longest": self.longest, "decoder": decoder}

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Tensor]]:
        """`values` and `length` of each, see `AudioPreprocess.encode`. Raises `DataError` for a broken sound."""
        return [self._encode(example) for example in examples]

    def _encode(self, example: Example) -> dict[str, Tensor]:
        sound = example.inputs["audio"]
        try:
            samples = read_sound(sound, self.preprocess.rate, longest=self.longest)
        except DataError as error:
            if isinstance(sound, str | Path | FileContent):
                raise  # it names the file
            raise DataError(f"{example.id}: {error}") from None
        return self.preprocess.encode(samples)

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Mapping[str, Tensor]:
        """`values` and `lengths`, see `AudioPreprocess.collate`."""
        return self.preprocess.collate([one.inputs for one in encoded])

    def pad(self, rows: Sequence[Tensor]) -> Tensor:
        """Rows of one shape as one array."""
        return torch.stack(list(rows))

    def notes(self, examples: Sequence[Example]) -> list[str]:
        """How many sounds are cut."""
        if self.longest is None:
            return []
        words = f"sounds are longer than {self.longest:g} s and cut there (data.max_seconds, or what the network hears)"
        lengths = [seconds(example.inputs["audio"]) for example in examples]
        return too_long(lengths, self.longest + 1 / self.preprocess.rate, words)
