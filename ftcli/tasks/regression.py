"""Images, texts or sounds to numbers."""

from __future__ import annotations

from ftcli.contracts.modalities import AUDIO, IMAGE, TEXT
from ftcli.tasks.supervised import InputEncoder, SupervisedTask, TargetCodec


class ImageRegression(SupervisedTask[InputEncoder, TargetCodec]):
    """A number for each image."""

    inputs = (IMAGE,)
    wants = "number"
    encoder = "images"


class TextRegression(SupervisedTask[InputEncoder, TargetCodec]):
    """A number for each text or pair of texts."""

    inputs = (TEXT,)
    wants = "number"
    encoder = "texts"


class AudioRegression(SupervisedTask[InputEncoder, TargetCodec]):
    """A number for each sound."""

    inputs = (AUDIO,)
    wants = "number"
    encoder = "sounds"
