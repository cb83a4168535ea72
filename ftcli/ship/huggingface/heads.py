"""Writes networks that give features to a head: classes, numbers, tags, masks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ftcli.models.request import TORCHVISION
from ftcli.registry import Registry
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.huggingface.writer import Writer

LIBRARIES = Registry(
    "library of networks",
    {
        "torchvision": "ftcli.ship.huggingface.torchvision_folder:TorchvisionWriter",
        "transformers": "ftcli.ship.huggingface.transformers_folder:TransformersWriter",
    },
)


class HeadWriter:
    """The `Writer` of the forms "vector", "tokens" and "maps": that of the network's library."""

    def pipeline(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """See `Writer.pipeline`."""
        return _writer(predictor).pipeline(predictor, folder)

    def weights(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """See `Writer.weights`."""
        return _writer(predictor).weights(predictor, folder)


def _writer(predictor: Predictor) -> Writer:
    source = predictor.trained.caching.backbone.source
    library = "torchvision" if source.startswith(TORCHVISION) else "transformers"
    writer: Writer = LIBRARIES.load(library)()
    return writer
