"""Sounds to classes."""

from __future__ import annotations

from typing import Any

from ftcli.config.schema import Experiment, Head
from ftcli.contracts import Split, Target
from ftcli.tasks.sounds import Sounds, lengths_of
from ftcli.tasks.supervised import LossFunction, Supervised


class AudioClassification(Supervised):
    """One class, or any number of classes, for each sound."""

    modality = "audio"
    wants = "category"

    def __init__(
        self,
        target: Target,
        preprocess: Any,
        head: Head,
        loss: LossFunction,
        max_seconds: float | None = None,
    ) -> None:
        """Sounds are cut at `max_seconds`."""
        self._sounds = Sounds(preprocess, max_seconds)
        super().__init__(target, preprocess, head, loss, reader=self._sounds)

    @classmethod
    def settings(cls, experiment: Experiment) -> dict[str, Any]:
        """The head, and where sounds are cut."""
        return {"head": experiment.model.head, "max_seconds": experiment.data.max_seconds}

    def notes(self, split: Split) -> list[str]:
        """How many sounds are cut."""
        return self._sounds.cut(lengths_of(split))
