"""An example as a person sees it: its text, or a small picture of it."""

from __future__ import annotations

from typing import Any

from PIL import Image

from ftcli.contracts import Example, Inputs
from ftcli.contracts.chats import Chat
from ftcli.media.audio import read_sound
from ftcli.media.images import decode
from ftcli.media.orientation import shape_of
from ftcli.media.thumbnails import SIDE, small, strip

RATE = 16_000
# Seconds of a sound that are shown.
LONGEST = 30.0


def text_of(example: Example) -> str | None:
    """The input texts: words joined, turns of a chat with who speaks, both of a pair; None where there is none."""
    parts = [_written(example.inputs[role]) for role in ("text", "text_pair") if role in example.inputs]
    return "\n".join(parts) if parts else None


def _written(text: Any) -> str:
    if isinstance(text, Chat):
        return "\n".join(f"{turn.role}: {turn.content}" for turn in text)
    return " ".join(text) if isinstance(text, tuple) else str(text)


def picture_of(example: Example, inputs: Inputs) -> Image.Image | None:
    """The image small, or the spectrogram of the sound; None for other inputs. Raises `DataError` for a broken one."""
    for one in inputs:
        if one.spatial:
            return Image.fromarray(small_image(example))
        if one.sampled:
            samples = read_sound(example.inputs[one.name], RATE, longest=LONGEST)
            return strip(samples.numpy(), RATE)
    return None


def small_image(example: Example) -> Any:
    """The pixels of the image, uint8 (h, w, 3), made small."""
    return small(decode(example.inputs["image"], SIDE).permute(1, 2, 0).numpy())


def size_of(example: Example) -> tuple[int, int]:
    """The height and width of the image."""
    width, height = shape_of(example.inputs["image"]).upright
    return height, width
