"""A sound coming out of a text, as a spectrogram that a vocoder makes audible."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from torch import Tensor

from ftcli.contracts import Example, Metric, Prediction
from ftcli.errors import DataError, did_you_mean, listing
from ftcli.media.audio import read_sound, seconds, write_wav
from ftcli.metrics.spectral import SpectralDistance
from ftcli.models.speech.speecht5 import IGNORED, SpeechProcessor
from ftcli.models.speech.vocoder import Vocoder
from ftcli.store.memo import Memo
from ftcli.tasks.lengths import too_long

ROOM = 256 * 2**20  # bytes of spectrograms that stay in memory


@dataclass(frozen=True, slots=True)
class SpokenPrediction(Prediction):
    """`label` is the text, `spectrogram` log10-mel (T, mels), of which `vocoder` makes a sound at `rate`."""

    only_files: ClassVar[bool] = True

    speaker: str | None = None
    seconds: float = 0.0
    rate: int = 16_000
    spectrogram: Any = None
    vocoder: Any = None

    def rows(self) -> list[dict[str, Any]]:
        """What is said, by whom where there are several, and how long it takes."""
        by = {} if self.speaker is None else {"speaker": self.speaker}
        return [{"id": self.id, "text": self.label, **by, "seconds": round(self.seconds, 3)}]

    def save(self, example: Example, path: Path) -> list[Path]:
        """`path`.wav."""
        wav = path.with_name(f"{path.name}.wav")
        write_wav(wav, self.vocoder(self.spectrogram), self.rate)
        return [wav]


class Spoken:
    """Spectrograms of recorded sounds to learn from, and sounds of those that are predicted."""

    def __init__(self, script: SpeechProcessor, speakers: Sequence[str], vocoder: Vocoder) -> None:
        self.script, self.speakers, self.vocoder = script, speakers, vocoder
        self._memo: Memo[str] = Memo(ROOM)

    def number(self, example: Example) -> int:
        """That of the speaker; the first where nobody is named. Raises `DataError` for one that is unknown."""
        said = example.inputs.get("speaker")
        if said is None or not self.speakers:
            return 0
        name = said.strip()
        if name not in self.speakers:
            near, known = did_you_mean(name, self.speakers), listing(self.speakers)
            words = f"{example.id}: the speaker {name!r} is none of those of the training split"
            raise DataError(f"{words}.{near} There are: {known}")
        return self.speakers.index(name)

    def encode(self, example: Example) -> Tensor:
        """The spectrogram (frames, mels) of the sound, float32. Raises `DataError` for a broken sound."""
        sound: Any = example.target
        known = self._memo.get(str(sound)) if isinstance(sound, Path) else None
        if known is not None:
            return known["spectrogram"]
        longest = self.script.most_frames * self.script.frame
        made = self.script.spectrogram(read_sound(sound, self.script.rate, longest=longest))
        if isinstance(sound, Path):
            self._memo.put(str(sound), {"spectrogram": made})
        return made

    def collate(self, targets: Sequence[Tensor]) -> Tensor:
        """float32 (B, longest, mels), padded with -100."""
        return self.script.collate_spectrograms(targets)

    def metrics(self) -> dict[str, Metric]:
        """Distances of spectrograms."""
        return {"spectral-distance": SpectralDistance()}

    def measured(self, outputs: Tensor, targets: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """The frames of each example that are no padding, as natural logarithms."""
        masks = targets[:, :, 0] != IGNORED
        rows = zip(outputs.float(), targets, masks, strict=True)
        pairs = [(said[mask] * math.log(10), true[mask] * math.log(10)) for said, true, mask in rows]
        return [said for said, _ in pairs], [true for _, true in pairs]

    def predictions(self, outputs: Any, ids: Sequence[str]) -> list[Prediction]:
        """From (text, number of the speaker, spectrogram) of each example."""
        return [self._prediction(id_, *output) for id_, output in zip(ids, outputs, strict=True)]

    def _prediction(self, id_: str, text: str, speaker: int, spectrogram: Tensor) -> Prediction:
        who = self.speakers[speaker] if len(self.speakers) > 1 else None
        length = len(spectrogram) * self.script.frame
        kept = spectrogram.detach().float().cpu()
        return SpokenPrediction(id_, text, None, {}, who, length, self.script.rate, kept, self.vocoder)

    def notes(self, examples: Sequence[Example]) -> list[str]:
        """How many sounds are cut."""
        longest = self.script.most_frames * self.script.frame
        lengths = [seconds(example.target) for example in examples if example.target is not None]
        return too_long(
            lengths, longest, f"sounds are longer than {longest:g} s, the network's most, and cut there"
        )
