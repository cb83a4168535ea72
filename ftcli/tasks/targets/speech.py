"""Speech as target and prediction: a spectrogram, of which a vocoder makes a sound."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from ftcli.contracts import Example, ExampleScores, Metric, Outcomes, Prediction
from ftcli.errors import DataError, did_you_mean, listing
from ftcli.media.audio import read_sound, seconds, speech_bytes, write_wav
from ftcli.metrics.intervals import of_means
from ftcli.metrics.spectral import SpectralDistance
from ftcli.models.speech.speecht5 import IGNORED, SpeechProcessor
from ftcli.models.speech.vocoder import Vocoder
from ftcli.store.memo import Memo
from ftcli.tasks.lengths import too_long

# Bytes of spectrograms that stay in memory.
ROOM = 256 * 2**20


@dataclass(frozen=True, slots=True)
class SpeechPrediction(Prediction):
    """`label` is the text, `samples` float32 (n,) are the sound, at `rate` samples per second."""

    only_files: ClassVar[bool] = True

    speaker: str | None = None
    seconds: float = 0.0
    rate: int = 16_000
    samples: Any = None

    def rows(self) -> list[dict[str, Any]]:
        """The text, the speaker where there are several, and the length of the sound."""
        by = {} if self.speaker is None else {"speaker": self.speaker}
        return [{"id": self.id, "text": self.label, **by, "seconds": round(self.seconds, 3)}]

    def values(self, example: Example) -> list[dict[str, Any]]:
        """The sound, float32 (n,)."""
        return [{"audio": self.samples.detach().float().cpu().numpy()}]

    def files(self, example: Example) -> dict[str, bytes]:
        """ ".wav"."""
        return {".wav": speech_bytes(self.samples, self.rate)}

    def save(self, example: Example, path: Path) -> list[Path]:
        """`path`.wav."""
        wav = path.with_name(f"{path.name}.wav")
        write_wav(wav, self.samples, self.rate)
        return [wav]


class SpeechCodec:
    """Spectrograms of recorded sounds to learn from, and sounds of those that are predicted."""

    def __init__(self, processor: SpeechProcessor, speakers: Sequence[str], vocoder: Vocoder) -> None:
        self.processor, self.speakers, self.vocoder = processor, speakers, vocoder
        self._memo: Memo[str] = Memo(ROOM)

    def number(self, example: Example) -> int:
        """The number of the speaker; 0 where none is named. Raises `DataError` for a speaker who is not known."""
        speaker = example.inputs.get("speaker")
        if speaker is None or not self.speakers:
            return 0
        name = speaker.strip()
        if name not in self.speakers:
            near, known = did_you_mean(name, self.speakers), listing(self.speakers)
            words = f"{example.id}: the speaker {name!r} is not in the training split"
            raise DataError(f"{words}.{near} There are: {known}")
        return self.speakers.index(name)

    def encode(self, example: Example) -> Tensor:
        """The spectrogram (frames, mels) of the sound, float32. Raises `DataError` for a broken sound."""
        sound: Any = example.target
        known = self._memo.get(str(sound)) if isinstance(sound, Path) else None
        if known is not None:
            return known["spectrogram"]
        longest = self.processor.most_frames * self.processor.frame
        made = self.processor.spectrogram(read_sound(sound, self.processor.rate, longest=longest))
        if isinstance(sound, Path):
            self._memo.put(str(sound), {"spectrogram": made})
        return made

    def collate(self, targets: Sequence[Tensor]) -> Tensor:
        """float32 (B, longest, mels), padded with -100."""
        return self.processor.collate_spectrograms(targets)

    def metrics(self) -> dict[str, Metric]:
        """Distances of spectrograms."""
        return {"spectral-distance": SpectralDistance()}

    def measured(self, outputs: Tensor, targets: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """The frames of each example that are not padding, as natural logarithms."""
        masks = targets[:, :, 0] != IGNORED
        rows = zip(outputs.float(), targets, masks, strict=True)
        pairs = [
            (predicted[mask] * math.log(10), true[mask] * math.log(10)) for predicted, true, mask in rows
        ]
        return [predicted for predicted, _ in pairs], [true for _, true in pairs]

    def outcomes(self, predicted: list[Tensor], true: list[Tensor]) -> Outcomes:
        """Nothing: the metric keeps how far apart the spectrograms of each example are."""
        return Outcomes()

    def example_scores(self, outcomes: Outcomes, metrics: Mapping[str, Metric]) -> ExampleScores:
        """Minus the distances of the spectrograms."""
        found: Any = metrics["spectral-distance"]
        each = {"spectrogram_distance": np.array(found.distances), "mcd": np.array(found.distortions)}
        distances = each["spectrogram_distance"]
        known = all(np.isfinite(values).all() for values in each.values())
        return ExampleScores(
            (-distances).tolist(),
            "minus the distance of the spectrograms",
            perfect=0.0,
            intervals=of_means(each) if known else {},
        )

    def predictions(self, outputs: Any, ids: Sequence[str]) -> list[Prediction]:
        """From (text, number of the speaker, spectrogram) of each example."""
        return [self._prediction(id_, *output) for id_, output in zip(ids, outputs, strict=True)]

    def _prediction(self, id_: str, text: str, speaker: int, spectrogram: Tensor) -> Prediction:
        who = self.speakers[speaker] if len(self.speakers) > 1 else None
        length = len(spectrogram) * self.processor.frame
        # The caller may have chosen half precision, in which sounds hiss.
        with torch.autocast("cpu", enabled=False):
            samples = self.vocoder(spectrogram.detach().float().cpu())
        return SpeechPrediction(id_, text, None, {}, who, length, self.processor.rate, samples)

    def notes(self, examples: Sequence[Example]) -> list[str]:
        """How many sounds are cut."""
        longest = self.processor.most_frames * self.processor.frame
        lengths = [seconds(example.target) for example in examples if example.target is not None]
        return too_long(
            lengths, longest, f"sounds are longer than {longest:g} s, the network's most, and cut there"
        )
