"""Sounds as inputs: decoded, cut, padded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import Wav2Vec2FeatureExtractor

from ftcli.config.schema import Data
from ftcli.contracts import Encoded, Example
from ftcli.errors import DataError
from ftcli.media.audio import wav_bytes
from ftcli.models.pretrained.audio_preprocessing import AudioPreprocess
from ftcli.tasks.inputs.sounds import Sounds
from tests.tiny.sounds import sound, tone


def preprocess(window: int | None = None) -> AudioPreprocess:
    return AudioPreprocess(
        Wav2Vec2FeatureExtractor(return_attention_mask=True), "input_values", 16_000, True, 400, window
    )


def example(seconds: float) -> Example:
    return Example(f"{seconds} s", {"audio": wav_bytes(tone(seconds), 8000)})


def encoded(reader: Sounds, *examples: Example) -> list[Encoded]:
    rows = zip(examples, reader.encode_inputs(examples), strict=True)
    return [Encoded(one.id, inputs) for one, inputs in rows]


def test_sounds_are_resampled_and_padded() -> None:
    reader = Sounds(preprocess())
    short, long = encoded(reader, example(0.1), example(0.2))
    assert (short.inputs["values"].shape, long.inputs["values"].shape) == ((1600,), (3200,))
    batch = reader.collate([short, long], training=False)
    assert batch["values"].shape == (2, 3200)
    assert batch["lengths"].tolist() == [1600, 3200]
    assert (batch["values"][0, 1600:] == 0).all()
    assert reader.sequence == "values"


def test_the_shorter_of_the_limits_cuts() -> None:
    assert Sounds(preprocess()).longest is None
    assert Sounds(preprocess(window=16_000)).longest == 1.0
    reader = Sounds(preprocess(window=16_000), max_seconds=0.05)
    assert reader.longest == 0.05
    (note,) = reader.notes([example(0.1), example(0.04)])
    assert (
        note
        == "1 of 2 sounds are longer than 0.05 s and cut there (data.max_seconds, or the network's window)"
    )
    assert Sounds(preprocess()).notes([example(0.1)]) == []


def test_sounds_that_fill_a_window_do_not_differ_in_length() -> None:
    assert Sounds(preprocess(window=16_000)).sequence is None


def test_a_broken_sound_is_named_by_its_file_or_its_example(tmp_path: Path) -> None:
    path = sound(tmp_path / "cut.wav")
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(DataError, match=r"cut\.wav"):
        Sounds(preprocess()).encode_inputs([Example("row 3", {"audio": path})])
    with pytest.raises(DataError, match="row 3: "):
        Sounds(preprocess()).encode_inputs([Example("row 3", {"audio": b"nothing"})])


@pytest.mark.parametrize(("option", "differs"), [({}, False), ({"max_seconds": 1.0}, True)])
def test_the_encoding_says_what_decides_the_samples(option: dict[str, Any], differs: bool) -> None:
    assert (Sounds(preprocess(), **option).encoding != Sounds(preprocess()).encoding) == differs
    assert Sounds.options(Data(max_seconds=2.0)) == {"max_seconds": 2.0}


def test_rows_of_features_are_stacked() -> None:
    rows = [torch.ones(3), torch.zeros(3)]
    assert torch.equal(Sounds(preprocess()).pad(rows), torch.stack(rows))
