"""What Hugging Face weights expect of sounds: a transformers feature extractor, one sound at a time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers.utils import is_speech_available

from ftcli.errors import ModelError, WeightsError
from ftcli.models.pretrained.hub import first_line, require
from ftcli.models.pretrained.preprocessing import PROCESSORS

SHORTEST = 0.1  # seconds, to which a shorter sound is padded with silence: filters need some samples
FIXED = ("audio-spectrogram-transformer", "whisper")  # types with a window of one length, padded or cut


@dataclass(frozen=True, slots=True)
class AudioPreprocess:
    """A feature extractor and how it is used. `name` is what the network calls its input.

    The input is raw samples (T,) or a log-mel spectrogram. With a `window`, in samples, every sound is padded or cut
    to it; else batches are padded to the longest. `masks` says whether the network takes a mask of the padding.
    """

    extractor: Any
    name: str
    rate: int  # Hz
    masks: bool
    shortest: int  # samples
    window: int | None = None
    hop: int = 1  # samples of one step of the encoded input

    @property
    def longest(self) -> float | None:
        """The seconds after which a sound is cut, or None."""
        return None if self.window is None else self.window / self.rate

    @property
    def facts(self) -> dict[str, Any]:
        """What encoded sounds depend on, as JSON would hold it."""
        settings = {name: value for name, value in self.extractor.to_dict().items() if _plain(value)}
        # With torchaudio some spectrograms differ a little.
        versions = [hf.__version__, is_speech_available()]
        return {"settings": settings, "window": self.window, "shortest": self.shortest, "versions": versions}

    def encode(self, samples: Tensor) -> dict[str, Tensor]:
        """`values` of one sound, float32 (samples,) at `rate`; and `length`, int32: how many of its steps are sound.

        `values` is float32 (T,), (T, mels), or (mels, T) for Whisper.
        """
        if len(samples) < self.shortest:
            samples = torch.nn.functional.pad(samples, (0, self.shortest - len(samples)))
        options: dict[str, Any] = {"sampling_rate": self.rate, "return_tensors": "np"}
        if self.window is not None:
            samples = samples[: self.window]
            if self.name == "input_features":
                options |= {"max_length": self.window, "padding": "max_length", "truncation": True}
        made = self.extractor(samples.numpy(), **options)
        values = torch.as_tensor(made[self.name][0], dtype=torch.float32)
        if self.window is not None:
            return {
                "values": values,
                "length": torch.tensor(math.ceil(len(samples) / self.hop), dtype=torch.int32),
            }
        mask = made.get("attention_mask")
        length = len(values) if mask is None else int(mask[0].sum())
        return {"values": values[:length], "length": torch.tensor(length, dtype=torch.int32)}

    def collate(self, rows: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
        """`values` of a batch, padded behind: (B, T), (B, T, mels) or (B, mels, T); and `lengths`, int64 (B,)."""
        padding = float(self.extractor.padding_value)
        values = pad_sequence([row["values"] for row in rows], batch_first=True, padding_value=padding)
        return {"values": values, "lengths": torch.stack([row["length"] for row in rows]).long()}


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def audio_preprocess(folder: Path, config: Any, *, required: bool) -> AudioPreprocess:
    """The feature extractor in `folder`; one made for `config` if that is not `required` and the folder has none.

    Raises `WeightsError` if it is missing or cannot be read, `ModelError` if it is for another network.
    """
    if not required and not any((folder / name).is_file() for name in PROCESSORS):
        return made_preprocess(config)
    require(folder, *PROCESSORS)
    try:
        extractor = hf.AutoFeatureExtractor.from_pretrained(str(folder), trust_remote_code=False)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise WeightsError(f"{folder}: its feature extractor cannot be read ({first_line(error)})") from error
    return fitted(extractor, config)


def made_preprocess(config: Any) -> AudioPreprocess:
    """A feature extractor for a network with random weights."""
    return fitted(_made(config), config)


def fitted(extractor: Any, config: Any) -> AudioPreprocess:
    """How `extractor` is used for a network of `config`. Raises `ModelError` where they do not fit."""
    name, rate = extractor.model_input_names[0], int(extractor.sampling_rate)
    kind = config.model_type
    mels = getattr(config, "num_mel_bins", None)
    made = getattr(extractor, "num_mel_bins", None) if kind == FIXED[0] else extractor.feature_size
    if kind in FIXED and mels != made:
        raise ModelError(f"the feature extractor gives {made} mel bins, and the network takes {mels}")
    window, hop = None, 1
    if kind == "whisper":
        hop = int(extractor.hop_length)
        window = 2 * int(config.max_source_positions) * hop  # the second convolution halves the frames
    elif kind == FIXED[0]:
        hop = rate // 100
        extractor.max_length = int(config.max_length)  # frames, for which there are position embeddings
        window = extractor.max_length * hop + 240  # a frame has 400 samples
    masks = bool(extractor.return_attention_mask) and window is None
    shortest = max(round(SHORTEST * rate), _receptive_field(config))
    return AudioPreprocess(extractor, name, rate, masks, shortest, window, hop)


def _receptive_field(config: Any) -> int:
    """The samples that one frame of a convolutional front needs."""
    field = 1
    for kernel, stride in reversed(
        list(zip(_layers(config, "kernel"), _layers(config, "stride"), strict=True))
    ):
        field = (field - 1) * stride + kernel
    return field


def _layers(config: Any, name: str) -> Sequence[int]:
    found = getattr(config, f"conv_{name}", ())
    return found if isinstance(found, list | tuple) else ()


def _made(config: Any) -> Any:
    if config.model_type == "whisper":
        return hf.WhisperFeatureExtractor(feature_size=config.num_mel_bins)
    if config.model_type == FIXED[0]:
        return hf.ASTFeatureExtractor(num_mel_bins=config.num_mel_bins, max_length=config.max_length)
    if config.model_type == "wav2vec2-bert":
        return hf.SeamlessM4TFeatureExtractor(num_mel_bins=config.feature_projection_input_dim // 2)
    # A group norm sees the whole length, padding included, and such networks were trained without masks.
    masks = getattr(config, "feat_extract_norm", "layer") == "layer"
    return hf.Wav2Vec2FeatureExtractor(return_attention_mask=masks)
