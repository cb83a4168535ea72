"""Networks that give features to a head: one graph, from the tensors of a batch to the logits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.graphs.answers import answer_sections, answer_settings
from ftcli.ship.graphs.graph import WHOLE, Part
from ftcli.ship.graphs.inputs import raw_input


class FeatureGraph:
    """The `Graph` of backbones with a head: images, texts and sounds to classes, numbers, tags and masks."""

    notes: Sequence[str] = ()

    def __init__(self, predictor: Predictor) -> None:
        self._predictor, self._input = predictor, raw_input(predictor)
        self._signature = predictor.signature()
        answers = answer_sections(predictor.target)
        self.sections = ("settings", *self._input.sections, "network", *answers, "command")
        self.needs = self._input.needs

    def parts(self) -> Sequence[Part]:
        """The whole network."""
        return [Part(WHOLE, self._predictor.model, self._signature.sample, self._signature.dynamic_axes)]

    def settings(self, folder: Path) -> Mapping[str, Any]:
        """How inputs become tensors, which these are, and what the outputs mean."""
        specs = self._signature.inputs.items()
        return {
            "input": self._input.name,
            self._input.name: self._input.settings(folder),
            "tensors": {name: {"type": spec.dtype, "axes": list(spec.axes)} for name, spec in specs},
            **answer_settings(self._predictor.target),
        }
