"""Images, texts or sounds to classes."""

from __future__ import annotations

from ftcli.contracts.modalities import AUDIO, IMAGE, TEXT
from ftcli.tasks.supervised import InputEncoder, SupervisedTask, TargetCodec


class ImageClassification(SupervisedTask[InputEncoder, TargetCodec]):
    """One class, or any number of classes, for each image."""

    inputs = (IMAGE,)
    wants = "category"
    encoder = "images"


class TextClassification(SupervisedTask[InputEncoder, TargetCodec]):
    """One class, or any number of classes, for each text or pair of texts."""

    inputs = (TEXT,)
    wants = "category"
    encoder = "texts"


class AudioClassification(SupervisedTask[InputEncoder, TargetCodec]):
    """One class, or any number of classes, for each sound."""

    inputs = (AUDIO,)
    wants = "category"
    encoder = "sounds"
