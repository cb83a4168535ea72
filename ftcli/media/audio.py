"""Sounds as samples: reading, mixing down to one channel, another sampling rate, and writing."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ftcli.errors import DataError
from ftcli.media.file_content import FileContent, regular
from ftcli.system.durable import replaced
from ftcli.system.paths import no_such_path

if TYPE_CHECKING:
    from torch import Tensor

ENDINGS = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3")
MAX_VALUES = 250_000_000  # samples times channels of a file, checked before they are decoded: a gigabyte
ENOUGH = 0.9  # of the samples that a header promises: MP3 files may have only an estimate
_STREAMED = 0xFFFFFFFF  # the length in a WAV header whose writer could not go back to put it right

Sound = str | os.PathLike[str] | FileContent | bytes


def read_sound(sound: Sound, rate: int, *, longest: float | None = None) -> Tensor:
    """A sound as float32 (samples,) at `rate` Hz: the mean of its channels, resampled by soxr; in [-1, 1] mostly.

    `sound` is a file, perhaps one that has been read, or bytes. With `longest` only so many seconds from its start are
    read. Raises `DataError`, naming the file, for one that is missing, cut off, empty, too long, or no sound.
    """
    import torch

    samples, own_rate = read_samples(sound, longest=longest)
    return torch.from_numpy(resampled(samples, own_rate, rate))


def read_samples(sound: Sound, *, longest: float | None = None) -> tuple[NDArray[np.float32], int]:
    """A sound as float32 (samples,), the mean of its channels, and its own rate in Hz, without torch.

    `longest` and what is raised are as of `read_sound`.
    """
    with _opened(sound) as (name, file):
        _check(name, file)
        wanted = file.frames if longest is None else min(file.frames, math.ceil(longest * file.samplerate))
        samples = file.read(wanted, dtype="float32", always_2d=True)
        own_rate = file.samplerate
    if len(samples) < ENOUGH * wanted:
        raise DataError(f"{name} is cut off: it has {len(samples):,} of {wanted:,} samples")
    if not np.isfinite(samples).all():
        raise DataError(f"{name} holds samples that are not finite numbers")
    return samples.mean(1, dtype=np.float32), own_rate


def resampled(samples: NDArray[np.float32], rate: int, wanted: int) -> NDArray[np.float32]:
    """float32 (samples,) at another rate, at least one sample of it."""
    if rate == wanted:
        return np.ascontiguousarray(samples)
    import soxr

    made: NDArray[np.float32] = soxr.resample(samples, rate, wanted, quality="HQ")
    return made if len(made) else samples[:1].copy()


def seconds(sound: Sound) -> float:
    """The length of a sound by its header alone. Raises `DataError` as `read_sound` does."""
    with _opened(sound) as (name, file):
        _check(name, file)
        return float(file.frames / file.samplerate)


def looks_complete(sound: Sound) -> bool:
    """Whether the header of a sound can be read and promises no more than the file has.

    It takes some 0.2 ms. A FLAC or MP3 file that is cut off is only noticed when it is decoded.
    """
    try:
        return seconds(sound) > 0
    except DataError:
        return False


def write_wav(path: Path, samples: Tensor, rate: int) -> None:
    """Write float samples (n,), clipped to [-1, 1], as 16-bit PCM: whole or not at all. Raises `DataError`."""
    try:
        with replaced(path) as partial:
            partial.write_bytes(speech_bytes(samples, rate))
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}") from None


def speech_bytes(samples: Tensor, rate: int) -> bytes:
    """The bytes of a WAV file of float samples (n,), clipped to [-1, 1], as 16-bit PCM."""
    content = io.BytesIO()
    _write(content, samples.detach().float().cpu().clamp(-1, 1).numpy(), rate, "PCM_16")
    return content.getvalue()


def wav_bytes(samples: Any, rate: int) -> bytes:
    """The bytes of a WAV file of float32 samples (n,) or (channels, n), exactly."""
    content = io.BytesIO()
    _write(content, np.asarray(samples, dtype=np.float32).T, rate, "FLOAT")
    return content.getvalue()


def _write(file: Any, samples: NDArray[np.float32], rate: int, subtype: str) -> None:
    import soundfile

    soundfile.write(file, samples, rate, format="WAV", subtype=subtype)


@contextmanager
def _opened(sound: Sound) -> Iterator[tuple[str, Any]]:
    """What messages call the sound, and an open `soundfile.SoundFile`; errors of the decoder in words."""
    import soundfile

    name, source = _source(sound)
    try:
        with source, soundfile.SoundFile(_whole_wav(name, source)) as file:
            yield name, file
    except soundfile.LibsndfileError as error:
        reason = str(error.error_string).removeprefix("Error : ").rstrip(".")
        known = " ".join(ENDINGS)
        raise DataError(f"{name} is not a sound that can be decoded ({reason}). Read are: {known}") from None


def _source(sound: Sound) -> tuple[str, BinaryIO]:
    if isinstance(sound, FileContent):
        return sound.name, io.BytesIO(sound.content)
    if isinstance(sound, bytes):
        return "the sound", io.BytesIO(sound)
    try:
        return str(sound), open(sound, "rb", opener=regular)
    except FileNotFoundError:
        raise DataError(no_such_path(Path(sound))) from None
    except OSError as error:
        raise DataError(f"{sound} cannot be read: {error.strerror}") from None


def _whole_wav(name: str, source: BinaryIO) -> BinaryIO:
    """The same source. Raises `DataError` for a WAV file that is cut off, which libsndfile reads without a word."""
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    if size == 0:
        raise DataError(f"{name} is empty")
    head = source.read(12)
    if head[:4] == b"RIFF" and head[8:] == b"WAVE":
        promised = _data_bytes(source)
        missing = source.tell() + promised - size
        if promised not in (0, _STREAMED) and missing > 0:
            raise DataError(f"{name} is cut off: {missing:,} of {promised:,} bytes of samples are missing")
    source.seek(0)
    return source


def _data_bytes(source: BinaryIO) -> int:
    """How many bytes of samples the chunks of a WAV file promise; the source then stands at their first."""
    while len(header := source.read(8)) == 8:
        size = int.from_bytes(header[4:], "little")
        if header[:4] == b"data":
            return size
        source.seek(size + size % 2, os.SEEK_CUR)
    return 0


def _check(name: str, file: Any) -> None:
    """Raise `DataError` for a sound of no samples, or of too many."""
    if file.frames <= 0:
        raise DataError(f"{name} holds no samples: it is empty or cut off")
    if file.frames * file.channels > MAX_VALUES:
        minutes = file.frames / file.samplerate / 60
        most = MAX_VALUES / file.channels / file.samplerate / 60
        raise DataError(
            f"{name} lasts {minutes:,.0f} minutes, and at most {most:,.0f} are read: cut it into pieces"
        )
