"""Sounds to numbers."""

from __future__ import annotations

from ftcli.tasks.inputs.sounds import Sounds
from ftcli.tasks.supervised import Supervised


class AudioRegression(Supervised):
    """A number for each sound."""

    modality = "audio"
    wants = "number"
    reader = Sounds
