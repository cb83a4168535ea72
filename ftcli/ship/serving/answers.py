"""Predictions as an answer: the document of `ftcli predict --json`, and files for what no table can hold."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ftcli.contracts import Example, Prediction
from ftcli.media.images import decode
from ftcli.runs.inference.document import document
from ftcli.ship.serving.refusals import Refusal, unusable
from ftcli.tasks.showing import size_of

# Of files, by the last of their endings.
TYPES = {".png": "image/png", ".wav": "audio/wav"}
JPEG = "image/jpeg"
# Pixels of the longer side of a picture on a page.
SHOWN = 1024


def checkpoint_name(checkpoint: Path) -> str:
    """A checkpoint below the name of its run: an answer says nothing of the folders of this machine."""
    return "/".join(checkpoint.absolute().parts[-3:])


def answer(
    checkpoint: Path,
    examples: Sequence[Example],
    predictions: Sequence[Prediction],
    *,
    pictures: bool = False,
) -> dict[str, Any]:
    """The rows of all predictions, their `files` in base64, and, where they are asked for, `pictures` for people.

    `colours` are those of the classes in the pictures.
    """
    rows = [row for one in predictions for row in one.rows()]
    found: dict[str, Any] = {"predictions": rows}
    pairs = list(zip(examples, predictions, strict=True))
    files = [
        {"id": one.id, "name": name, **encoded(file_type(name), content)}
        for example, one in pairs
        for name, content in one.files(example).items()
    ]
    if files:
        found["files"] = files
    if pictures:
        drawn = ((one.id, drawn_picture(example, one, SHOWN)) for example, one in pairs)
        found["pictures"] = [
            {"id": id_, **encoded(JPEG, _bytes(picture, "JPEG"))}
            for id_, picture in drawn
            if picture is not None
        ]
        colours = {name: colour for one in predictions for name, colour in one.colours().items()}
        found["colours"] = {name: "#{:02x}{:02x}{:02x}".format(*colour) for name, colour in colours.items()}
    return document(checkpoint_name(checkpoint), len(predictions), **found)


def file_of_type(wanted: str, example: Example, prediction: Prediction) -> bytes:
    """The one file of an answer that has the type: what no table can hold, else a picture. Raises `Refusal`."""
    for name, content in prediction.files(example).items():
        if file_type(name) == wanted:
            return content
    drawn = drawn_picture(example, prediction) if wanted == TYPES[".png"] else None
    if drawn is None:
        raise Refusal(406, f"this model gives no {wanted}: accept application/json")
    return _bytes(drawn, "PNG")


def single(examples: Sequence[Example]) -> Example:
    """The only example. Raises `Refusal` for several, whose answer is not one file."""
    if len(examples) != 1:
        raise unusable(
            f"a file is the answer to one example, and there are {len(examples)}: accept application/json"
        )
    return examples[0]


def drawn_picture(example: Example, prediction: Prediction, longest: int | None = None) -> Image.Image | None:
    """The prediction on its image, with at most so many pixels a side; None where there is nothing to draw."""
    image = example.inputs.get("image")
    if image is None:
        return None
    picture = Image.fromarray(decode(image, longest).permute(1, 2, 0).numpy())
    if longest is not None:
        picture.thumbnail((longest, longest), Image.Resampling.BICUBIC)
    found: Image.Image | None = prediction.drawn(np.asarray(picture), size_of(example))
    return found


def file_type(name: str) -> str:
    """The media type of a file, by its ending."""
    return TYPES[Path(f"x{name}").suffix]


def encoded(media_type: str, content: bytes) -> dict[str, str]:
    """A file within JSON."""
    return {"type": media_type, "base64": base64.b64encode(content).decode("ascii")}


def _bytes(picture: Image.Image, kind: str) -> bytes:
    content = io.BytesIO()
    picture.save(content, kind)
    return content.getvalue()
