"""Detectors by name: whole ones of torchvision and Hugging Face, and new ones on the backbone of a classifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from torch import Tensor
from torchvision import models

from ftcli.contracts import Backbone, ImagePreprocess
from ftcli.errors import did_you_mean, listing
from ftcli.models.backbones.features import Vectors
from ftcli.models.detection.detector import wished
from ftcli.models.detection.new_head import KIND, KINDS, REASON, build_on
from ftcli.models.detection.torchvision import (
    TorchvisionDetector,
    build_torchvision_detector,
    detector_names,
    load_torchvision_detector,
    predictors,
)
from ftcli.models.load import saved_preprocess
from ftcli.models.pretrained.weights import SUFFIXES, fit_weights, read_weights
from ftcli.models.request import Request


class Detectors:
    """The `Loader` of form "detector". A backbone is a detector, or a classifier to put a `model.detector` on."""

    def load(self, request: Request) -> Backbone:
        """See `Loader.load`."""
        if not self._is_whole(request):
            return _built_on(request)
        if request.model.detector is not None:
            problem = f"{request.model.backbone} is a whole detector already: leave it out"
            raise request.places.error("model.detector", problem)
        name = request.torchvision
        if name is not None:
            return load_torchvision_detector(name, request)
        from ftcli.models.detection.huggingface import load_huggingface_detector

        return load_huggingface_detector(request)

    @staticmethod
    def _is_whole(request: Request) -> bool:
        """Whether the backbone is a detector. Raises `ConfigError` for a name that is nothing at all."""
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

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `Loader.save`."""
        module: Any = backbone.module
        config = getattr(
            module.backbone if isinstance(module, TorchvisionDetector) else module, "config", None
        )
        if config is not None:
            config.save_pretrained(folder)
        return dict(getattr(module, "origin", {}))

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `Loader.rebuild`."""
        assert preprocess is not None
        source = saved["source"]
        if "kind" in saved:
            inputs = saved_preprocess(saved["on"]["preprocess"])
            backbone = Vectors().rebuild(folder, {**saved["on"], "source": source}, inputs)
            detector = build_on(backbone, saved["kind"], saved["classes"], saved["width"])
        elif "name" in saved:
            detector = build_torchvision_detector(saved["name"], saved["classes"], source)
        else:
            from ftcli.models.detection.huggingface import rebuild_huggingface_detector

            detector = rebuild_huggingface_detector(folder, source, preprocess)
        return replace(detector, preprocess=preprocess)


def _built_on(request: Request) -> Backbone:
    """A detector on a classifier, which is loaded for the images that it was trained on."""
    kind = request.model.detector or KIND
    if kind not in KINDS:
        problem = (
            f"no kind of detector is called {kind!r}.{did_you_mean(kind, KINDS)} Kinds: {listing(KINDS)}"
        )
        raise request.places.error("model.detector", problem)
    state = _of_detector(request.model.weights)
    model = request.model if state is None else replace(request.model, weights="none")
    backbone = Vectors().load(replace(request, model=model, image_size=None))
    detector = _put_on(backbone, kind, request.outputs)
    if state is not None:
        net: Any = detector.module
        new = [f"head.{path}" for path in predictors(net.head)]
        fit_weights(net, state, request.model.weights, new)
        detector = replace(detector, source=f"{request.model.backbone}@{request.model.weights}")
    assert isinstance(detector.preprocess, ImagePreprocess)
    chosen = {"detector": (KIND, REASON)} if request.model.detector is None else {}
    return replace(detector, preprocess=wished(detector.preprocess, request), chosen=chosen)


def _put_on(backbone: Backbone, kind: str, classes: int) -> Backbone:
    """A new detector, which knows what its backbone was made from."""
    inputs, module = backbone.preprocess, backbone.module
    assert isinstance(inputs, ImagePreprocess)
    name, auxiliary = getattr(module, "name", None), bool(backbone.auxiliary)
    on = {"preprocess": asdict(inputs), "name": name, "auxiliary": auxiliary, "pooling": None}
    detector = build_on(backbone, kind, classes)
    assert isinstance(detector.module, TorchvisionDetector)
    detector.module.origin = {**detector.module.origin, "on": on}
    return detector


def _of_detector(weights: str | None) -> dict[str, Tensor] | None:
    """The weights in the file of a run that trained a detector on a backbone; None for all others."""
    if weights is None or Path(weights).suffix not in SUFFIXES:
        return None
    state = read_weights(Path(weights).expanduser())
    return state if any(name.startswith("backbone.neck.") for name in state) else None
