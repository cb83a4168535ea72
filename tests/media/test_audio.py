"""Sounds as samples: what is read, what is refused, and what is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from ftcli.errors import DataError
from ftcli.media.audio import ENDINGS, looks_complete, read_sound, seconds, wav_bytes, write_wav
from ftcli.media.broken_files import BrokenFiles
from ftcli.media.file_content import read_content
from ftcli.media.formats import SOUND_FILES
from tests.tiny import sounds as tiny


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_is_read_from_a_file_and_from_bytes(tmp_path: Path, ending: str) -> None:
    path = tiny.sound(tmp_path / f"a{ending}", seconds=0.5, rate=16000)
    samples = read_sound(path, 16000)
    assert (samples.dtype, samples.ndim) == (torch.float32, 1)
    assert abs(len(samples) - 8000) <= 1200  # MP3 adds a little at both ends
    assert 0.3 < float(samples.std()) < 0.4
    for stored in (path.read_bytes(), read_content(path)):
        assert torch.equal(read_sound(stored, 16000), samples)
    assert looks_complete(path)
    assert looks_complete(path.read_bytes())


def test_channels_are_averaged(tmp_path: Path) -> None:
    left, right = tiny.tone(pitch=200), tiny.tone(pitch=900)
    soundfile.write(tmp_path / "a.wav", np.stack([left, right], axis=1), 8000, subtype="FLOAT")
    assert torch.allclose(read_sound(tmp_path / "a.wav", 8000), torch.from_numpy((left + right) / 2))


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 48000])
def test_resampling_keeps_what_is_heard(tmp_path: Path, rate: int) -> None:
    """A tone of 440 Hz at any rate is a tone of 440 Hz at 16 kHz, as long as before."""
    path = tiny.sound(tmp_path / "a.wav", seconds=1.0, rate=rate)
    samples = read_sound(path, 16000)
    assert abs(len(samples) - 16000) <= 1
    spectrum = torch.fft.rfft(samples[:16000], n=16000).abs()
    assert int(spectrum.argmax()) == 440


def test_only_the_beginning_may_be_read(tmp_path: Path) -> None:
    path = tiny.sound(tmp_path / "a.flac", seconds=1.0)
    assert seconds(path) == 1.0
    assert torch.equal(read_sound(path, 8000, longest=0.25), read_sound(path, 8000)[:2000])
    assert len(read_sound(path, 8000, longest=9)) == 8000


def test_a_single_sample_stays_one(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.array([0.5], np.float32), 48000, subtype="FLOAT")
    assert len(read_sound(tmp_path / "a.wav", 8000)) >= 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.wav", b"", "a.wav is empty"),
        ("a.wav", b"no sound at all, but text", "a.wav is not a sound that can be decoded"),
        ("a.wav", wav_bytes([], 8000), "a.wav holds no samples"),
        ("a.wav", wav_bytes(tiny.tone(), 8000)[:-100], "a.wav is cut off: 100 of 3,200 bytes"),
        ("a.wav", wav_bytes([0.0, float("nan")], 8000), "a.wav holds samples that are not finite numbers"),
    ],
    ids=["empty", "text", "no samples", "cut off", "not finite"],  # the bytes of a wav hold the time
)
def test_what_is_no_sound_is_named(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=words):
        read_sound(tmp_path / name, 8000)
    with pytest.raises(DataError, match=words.replace("a.wav", "the sound")):
        read_sound(content, 8000)


def test_what_is_missing_is_named_and_what_is_near(tmp_path: Path) -> None:
    tiny.sound(tmp_path / "seven.wav")
    with pytest.raises(DataError, match=r"no such file or folder: .*sevn.wav. Did you mean 'seven.wav'"):
        read_sound(tmp_path / "sevn.wav", 8000)


def test_a_sound_of_hours_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ftcli.media.audio.MAX_VALUES", 8000 * 60)
    path = tiny.sound(tmp_path / "a.wav", seconds=61, rate=8000, channels=2)
    with pytest.raises(DataError, match=r"a\.wav lasts 1 minutes, and at most 0 are read"):
        read_sound(path, 16000)


@pytest.mark.parametrize("ending", [".wav", ".flac", ".ogg", ".opus"])
def test_a_part_of_a_sound_is_broken(tmp_path: Path, ending: str) -> None:
    path = tiny.sound(tmp_path / f"a{ending}", seconds=2)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match=rf"a\{ending} (is|holds no) "):
        read_sound(path, 8000)
    if ending != ".flac":  # whose header says nothing of its size in bytes
        broken = BrokenFiles("here", SOUND_FILES)
        broken.add(path, "row 7")
        with pytest.raises(DataError, match=r"^1 of the 1 sound here cannot be used: row 7: .*a\."):
            broken.check()


def test_a_recording_whose_header_was_never_finished_is_read(tmp_path: Path) -> None:
    path = tiny.sound(tmp_path / "a.wav")
    content = path.read_bytes()
    at = content.index(b"data") + 4
    path.write_bytes(content[:at] + b"\xff\xff\xff\xff" + content[at + 4 :])
    assert len(read_sound(path, 8000)) == 800


def test_a_sound_is_written_and_read_again(tmp_path: Path) -> None:
    samples = torch.tensor([0.0, 0.5, -0.5, 1.5, -1.5])
    write_wav(tmp_path / "a.wav", samples, 16000)
    assert soundfile.info(tmp_path / "a.wav").subtype == "PCM_16"
    assert torch.allclose(read_sound(tmp_path / "a.wav", 16000), samples.clamp(-1, 1), atol=1e-4)
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
    with pytest.raises(DataError, match="cannot be written"):
        write_wav(tmp_path / "gone" / "a.wav", samples, 16000)
