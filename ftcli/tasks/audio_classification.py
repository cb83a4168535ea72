"""Sounds to classes."""

from __future__ import annotations

from typing import Any

from ftcli.config.schema import Experiment, Head
from ftcli.contracts import Target
from ftcli.tasks.sounds import Sounds
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
        super().__init__(target, preprocess, head, loss, reader=Sounds(preprocess, max_seconds))

    @classmethod
    def settings(cls, experiment: Experiment) -> dict[str, Any]:
        """The head, and where sounds are cut."""
        return {"head": experiment.model.head, "max_seconds": experiment.data.max_seconds}
