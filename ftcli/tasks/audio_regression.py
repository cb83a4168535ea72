"""Sounds to numbers."""

from __future__ import annotations

from ftcli.contracts.modalities import AUDIO
from ftcli.tasks.inputs.sounds import Sounds
from ftcli.tasks.supervised import Supervised


class AudioRegression(Supervised):
    """A number for each sound."""

    inputs = (AUDIO,)
    wants = "number"
    reader = Sounds
