"""A detector on the backbone of a classifier: feature pyramid and head are new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from ftcli.contracts import Backbone, ImagePreprocess
from ftcli.errors import ModelError, did_you_mean, listing
from ftcli.models.backbones.features import VectorLoader
from ftcli.models.detection.detector import detector_backbone
from ftcli.models.detection.feature_taps import FeatureMaps
from ftcli.models.detection.kinds import GROUP, KINDS, SHORTER
from ftcli.models.detection.pyramid import LEVELS, Pyramid
from ftcli.models.detection.torchvision_network import PrecomputedFeatures, TorchvisionDetector, predictors
from ftcli.models.load import saved_preprocess
from ftcli.models.pretrained.weights import fit_weights, read_weights
from ftcli.models.request import Request
from ftcli.models.weight_files import SUFFIXES

KIND = "faster-rcnn"
# 60 steps on 80 images of blood cells give AP50 0.77.
REASON = "learns from few images the fastest (measured)"
WIDTH = 128  # half of what the papers have, so that a CPU copes
LONGER = 640  # pixels


class NewHeadLoader:
    """The `BackboneLoader` of detectors on the backbone of a classifier."""

    def load(self, request: Request) -> Backbone:
        """A new detector on the classifier, which is loaded for images of the size that it was trained on.

        `model.weights` may also be a file of a run that trained such a detector. Raises as `BackboneLoader.load`.
        """
        kind = request.model.detector or KIND
        if kind not in KINDS:
            raise request.places.error("model.detector", _unknown(kind))
        state = _of_detector(request.model.weights)
        model = request.model if state is None else replace(request.model, weights="none")
        backbone = VectorLoader().load(replace(request, model=model, image_size=None))
        detector = _put_on(backbone, kind, request.outputs)
        if state is not None:
            net: Any = detector.module
            new = [f"head.{path}" for path in predictors(net.head)]
            fit_weights(net, state, request.model.weights, new)
            detector = replace(detector, source=request.source)
        assert isinstance(detector.preprocess, ImagePreprocess)
        chosen = {"detector": (KIND, REASON)} if request.model.detector is None else {}
        return replace(detector, preprocess=request.sized(detector.preprocess), chosen=chosen)

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `BackboneLoader.save`."""
        module: Any = backbone.module
        config = getattr(module.backbone, "config", None)
        if config is not None:
            config.save_pretrained(folder)
        return dict(module.origin)

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `BackboneLoader.rebuild`."""
        inputs = saved_preprocess(saved["on"]["preprocess"])
        backbone = VectorLoader().rebuild(folder, {**saved["on"], "source": saved["source"]}, inputs)
        detector = build_on(backbone, saved["kind"], saved["classes"], saved["width"])
        return replace(detector, preprocess=preprocess)


def build_on(backbone: Backbone, kind: str, classes: int, width: int = WIDTH) -> Backbone:
    """A detector for `classes` classes of a kind in `KINDS` on `backbone`, which loses what follows its last map.

    Raises `ModelError` for a kind or width that there is not, and for a backbone that no detector can be built on.
    """
    if kind not in KINDS:
        raise ModelError(_unknown(kind))
    if width < GROUP or width % GROUP:
        raise ModelError(f"the width of a detector is a multiple of {GROUP}, not {width}")
    assert isinstance(backbone.preprocess, ImagePreprocess)
    maps = FeatureMaps(backbone)
    neck = Pyramid({str(tap.stride): tap.channels for tap in maps.taps}, width)
    strides = strides_of(maps)
    head = KINDS[kind](PrecomputedFeatures(width), strides, classes, width)
    module = TorchvisionDetector(backbone.module, neck, head, maps, maps.step)
    module.origin = {"kind": kind, "classes": classes, "width": width}
    blocks = [block.under("backbone") for block in maps.blocks]
    inputs = backbone.preprocess
    preprocess = replace(inputs, resize=SHORTER, crop=SHORTER, longest=LONGER, squash=False)
    return detector_backbone(module, preprocess, blocks, ("neck", "head"), backbone.source, backbone.family)


def _unknown(kind: str) -> str:
    return f"no kind of detector is called {kind!r}.{did_you_mean(kind, KINDS)} Kinds: {listing(KINDS)}"


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


def strides_of(maps: FeatureMaps) -> list[int]:
    """Pixels per place at each of the pyramid's five levels."""
    strides = [tap.stride for tap in maps.taps]
    if len(strides) == 1:
        strides = [strides[0] // 2, strides[0], strides[0] * 2]
    while len(strides) < LEVELS:
        strides.append(strides[-1] * 2)
    return strides
