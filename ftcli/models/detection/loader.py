"""Detectors by name: whole ones of torchvision and Hugging Face, and new ones on the backbone of a classifier."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torchvision import models

from ftcli.contracts import Backbone, ImagePreprocess
from ftcli.errors import did_you_mean, listing
from ftcli.models.detection.new_head import NewHeadLoader
from ftcli.models.detection.torchvision import TorchvisionDetectorLoader, detector_names
from ftcli.models.load import BackboneLoader
from ftcli.models.request import Request


class DetectorLoader:
    """The `BackboneLoader` of form "detector". The backbone is a detector, or gets a new `model.detector`."""

    def load(self, request: Request) -> Backbone:
        """See `BackboneLoader.load`."""
        if not _is_whole(request):
            return NewHeadLoader().load(request)
        if request.model.detector is not None:
            problem = f"{request.model.backbone} is a whole detector already: leave it out"
            raise request.places.error("model.detector", problem)
        loader = _huggingface() if request.torchvision is None else TorchvisionDetectorLoader()
        return loader.load(request)

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `BackboneLoader.save`."""
        return _by_origin(getattr(backbone.module, "origin", {})).save(backbone, folder)

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `BackboneLoader.rebuild`."""
        return _by_origin(saved).rebuild(folder, saved, preprocess)


def _by_origin(origin: Mapping[str, Any]) -> BackboneLoader:
    """The loader whose `save` gives these keys."""
    if "kind" in origin:
        return NewHeadLoader()
    return TorchvisionDetectorLoader() if "name" in origin else _huggingface()


def _huggingface() -> BackboneLoader:
    from ftcli.models.detection.huggingface import HuggingFaceDetectorLoader

    return HuggingFaceDetectorLoader()


def _is_whole(request: Request) -> bool:
    """Whether the backbone is a detector. Raises `ConfigError` for a name that does not exist."""
    name = request.torchvision
    if name is None:
        from ftcli.models.detection.huggingface import is_huggingface_detector

        return is_huggingface_detector(request.model.backbone)
    detectors = detector_names()
    known = [*detectors, *models.list_models(module=models)]
    if name not in known:
        near = did_you_mean(name, known)
        problem = f"torchvision has neither a detector nor a classifier {name!r}.{near}"
        raise request.places.error("model.backbone", f"{problem} Detectors: {listing(detectors)}")
    return name in detectors
