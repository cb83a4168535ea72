"""Images, texts or sounds to classes."""

from __future__ import annotations

from ftcli.tasks.supervised import InputEncoder, SupervisedTask, TargetCodec


class ImageClassification(SupervisedTask[InputEncoder, TargetCodec]):
    """One class, or any number of classes, for each image."""

    modality = "image"
    wants = "category"
    encoder = "images"


class TextClassification(SupervisedTask[InputEncoder, TargetCodec]):
    """One class, or any number of classes, for each text or pair of texts."""

    modality = "text"
    wants = "category"
    encoder = "texts"


class AudioClassification(SupervisedTask[InputEncoder, TargetCodec]):
    """One class, or any number of classes, for each sound."""

    modality = "audio"
    wants = "category"
    encoder = "sounds"
