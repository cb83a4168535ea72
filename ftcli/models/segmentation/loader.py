"""Backbones that give a map of features for each image: networks for segmentation without their last layer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ftcli.contracts import Backbone, ImagePreprocess
from ftcli.models.load import BackboneLoader
from ftcli.models.request import TORCHVISION, Request


class SegmentationLoader:
    """The `BackboneLoader` of form "maps": it chooses the loader of torchvision or of Hugging Face."""

    def load(self, request: Request) -> Backbone:
        """See `BackboneLoader.load`."""
        return _loader(request.model.backbone).load(request)

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `BackboneLoader.save`."""
        return _loader(backbone.source).save(backbone, folder)

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `BackboneLoader.rebuild`."""
        return _loader(saved["source"]).rebuild(folder, saved, preprocess)


def _loader(source: str) -> BackboneLoader:
    if source.startswith(TORCHVISION):
        from ftcli.models.segmentation.torchvision import TorchvisionSegmentationLoader

        return TorchvisionSegmentationLoader()
    from ftcli.models.segmentation.huggingface import HuggingFaceSegmentationLoader

    return HuggingFaceSegmentationLoader()
