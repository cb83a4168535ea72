"""Images, texts or sounds to numbers."""

from __future__ import annotations

from ftcli.tasks.supervised import InputEncoder, SupervisedTask, TargetCodec


class ImageRegression(SupervisedTask[InputEncoder, TargetCodec]):
    """A number for each image."""

    modality = "image"
    wants = "number"
    encoder = "images"


class TextRegression(SupervisedTask[InputEncoder, TargetCodec]):
    """A number for each text or pair of texts."""

    modality = "text"
    wants = "number"
    encoder = "texts"


class AudioRegression(SupervisedTask[InputEncoder, TargetCodec]):
    """A number for each sound."""

    modality = "audio"
    wants = "number"
    encoder = "sounds"
