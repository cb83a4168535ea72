"""Sounds to classes."""

from __future__ import annotations

from ftcli.contracts import Split
from ftcli.tasks.sounds import Sounds, lengths_of
from ftcli.tasks.supervised import Supervised


class AudioClassification(Supervised):
    """One class, or any number of classes, for each sound."""

    modality = "audio"
    wants = "category"
    reader = Sounds

    def notes(self, split: Split) -> list[str]:
        """How many sounds are cut."""
        assert isinstance(self._reader, Sounds)
        return self._reader.cut(lengths_of(split))
