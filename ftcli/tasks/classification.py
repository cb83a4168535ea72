"""Images to classes."""

from __future__ import annotations

from ftcli.tasks.inputs.images import Images
from ftcli.tasks.supervised import Supervised


class ImageClassification(Supervised):
    """One class, or any number of classes, for each image."""

    modality = "image"
    wants = "category"
    reader = Images
