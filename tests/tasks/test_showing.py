"""What a person sees of an example."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ftcli.contracts import Example
from ftcli.contracts.chats import Chat, Turn
from ftcli.contracts.modalities import AUDIO, IMAGE, TEXT
from ftcli.errors import DataError
from ftcli.media.audio import wav_bytes
from ftcli.media.thumbnails import SIDE, STRIP
from ftcli.tasks.showing import picture_of, text_of
from tests.tiny.sounds import tone


@pytest.mark.parametrize(
    ("inputs", "shown"),
    [
        ({"text": "=1+1\n<b>"}, "=1+1\n<b>"),
        ({"text": "one", "text_pair": "two"}, "one\ntwo"),
        ({"text": ("New", "York")}, "New York"),
        ({"text": Chat([Turn("user", "Hi"), Turn("assistant", "Hello")])}, "user: Hi\nassistant: Hello"),
        ({"image": "a.jpg"}, None),
    ],
)
def test_texts(inputs: dict[str, Any], shown: str | None) -> None:
    assert text_of(Example("1", inputs)) == shown


def test_images_and_sounds_are_small_pictures() -> None:
    image = Example("1", {"image": np.zeros((300, 600, 3), dtype=np.uint8)})
    sound = Example("2", {"audio": wav_bytes(tone(0.2, 440.0), 8000)})
    picture = picture_of(image, (IMAGE,))
    strip = picture_of(sound, (AUDIO,))
    assert picture is not None
    assert picture.size == (SIDE, SIDE // 2)
    assert strip is not None
    assert strip.size == (SIDE, STRIP)
    assert picture_of(Example("3", {"text": "a"}), (TEXT,)) is None


def test_a_broken_file_is_named() -> None:
    with pytest.raises(DataError, match="is not an image"):
        picture_of(Example("1", {"image": b"nothing"}), (IMAGE,))
