"""Images to numbers."""

from __future__ import annotations

from ftcli.contracts.modalities import IMAGE
from ftcli.tasks.inputs.images import Images
from ftcli.tasks.supervised import Supervised


class ImageRegression(Supervised):
    """A number for each image."""

    inputs = (IMAGE,)
    wants = "number"
    reader = Images
