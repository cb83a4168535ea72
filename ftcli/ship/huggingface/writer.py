"""What writes the networks of one form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from ftcli.errors import ExportError
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.huggingface import WRITERS


class Writer(Protocol):
    """How networks of one form are written: what a line of `WRITERS` names.

    Both methods fill an empty `folder`, with `predict.py` and all that it needs, and give notes for the user. They
    raise `ExportError` for a network that cannot be written, with the layer or class that stands in the way.
    """

    def pipeline(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """What `transformers` loads: `AutoModelFor...`, and `pipeline(...)` where it has one for the task."""
        ...

    def weights(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """`model.safetensors` with the original library's names, and `load.py`, whose `network()` loads it."""
        ...


def writer_of(predictor: Predictor) -> Writer:
    """The writer for the network of a run. Raises `ExportError` where outputs are not those of the network alone."""
    if predictor.model.mirrored:
        raise ExportError(
            "this run averages the outputs of an image and of its mirror image, which a network of transformers or "
            "torchvision does not: export onnx or torch, or train it with training.test_time_augment=no"
        )
    writer: Writer = WRITERS.load(predictor.trained.task_type.form)()
    return writer
