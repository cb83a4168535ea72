"""Images to classes."""

from __future__ import annotations

from ftcli.contracts.modalities import IMAGE
from ftcli.tasks.inputs.images import Images
from ftcli.tasks.supervised import Supervised


class ImageClassification(Supervised):
    """One class, or any number of classes, for each image."""

    inputs = (IMAGE,)
    wants = "category"
    reader = Images
