"""Backbones that give a map of features for each image: networks for segmentation without their last layer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ftcli.contracts import Backbone, ImagePreprocess
from ftcli.models.request import TORCHVISION, Request


class Maps:
    """The `Loader` of form "maps"."""

    def load(self, request: Request) -> Backbone:
        """See `Loader.load`."""
        name = request.torchvision
        if name is None:
            from ftcli.models.segmentation.huggingface import load_huggingface_maps

            return load_huggingface_maps(request)
        from ftcli.models.segmentation.torchvision import load_torchvision_maps

        return load_torchvision_maps(name, request)

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `Loader.save`."""
        module: Any = backbone.module
        if backbone.source.startswith(TORCHVISION):
            return {"name": module.name, "auxiliary": bool(backbone.auxiliary)}
        module.config.save_pretrained(folder)
        return {}

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `Loader.rebuild`."""
        assert preprocess is not None
        source = saved["source"]
        if source.startswith(TORCHVISION):
            from ftcli.models.segmentation.torchvision import build_torchvision_maps

            return build_torchvision_maps(saved["name"], preprocess, source, auxiliary=saved["auxiliary"])
        from ftcli.models.segmentation.huggingface import rebuild_huggingface_maps

        return rebuild_huggingface_maps(folder, source, preprocess)
