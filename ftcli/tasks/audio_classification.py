"""Sounds to classes."""

from __future__ import annotations

from ftcli.contracts.modalities import AUDIO
from ftcli.tasks.inputs.sounds import Sounds
from ftcli.tasks.supervised import Supervised


class AudioClassification(Supervised):
    """One class, or any number of classes, for each sound."""

    inputs = (AUDIO,)
    wants = "category"
    reader = Sounds
