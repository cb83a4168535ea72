"""Backbones of torchvision: every classification model that the installed torchvision lists."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torchvision import models
from torchvision.models.vision_transformer import interpolate_embeddings

from ftcli.contracts import Backbone, ImagePreprocess
from ftcli.errors import ModelError, did_you_mean
from ftcli.models.freezing.ladder import torchvision_ladder
from ftcli.models.pretrained.torchvision_weights import Source, find_weights
from ftcli.models.pretrained.weights import fit_weights, strip_prefix
from ftcli.models.request import TORCHVISION, Request

OUTPUTS = 1000  # of the classifier that is removed; no other layer of any of these models has as many

# By torchvision's module; every other is a "cnn".
FAMILIES = {
    "convnext": "convnext",
    "efficientnet": "efficientnet",
    "maxvit": "vit",
    "swin_transformer": "vit",
    "vision_transformer": "vit",
    "mnasnet": "mobile",
    "mobilenetv2": "mobile",
    "mobilenetv3": "mobile",
    "shufflenetv2": "mobile",
    "squeezenet": "mobile",
}

AUXILIARY_WEIGHTS = {"inception_v3": 0.4, "googlenet": 0.3}  # Szegedy et al. 2015, 2014
AUXILIARY_NAMES = ("AuxLogits", "aux1", "aux2")
INCEPTION_AUXILIARY_SIZE = 299  # pixels; below this Inception's auxiliary classifier gets no pixels
SWIN_MINIMUM = 32  # the published minimum is its training size, but windows are padded


class TorchvisionNetwork(nn.Module):
    """`net` without its classifier: pixels (B, 3, H, W) to features (B, width).

    In training, a network with auxiliary classifiers gives (features, auxiliary features, ...).
    """

    def __init__(self, net: nn.Module, name: str, image_size: int, classifiers: tuple[str, ...]) -> None:
        super().__init__()
        self.net = net
        self.name = name
        self.image_size = image_size
        self.classifiers = classifiers  # the paths that were removed

    def forward(self, pixels: Tensor) -> Tensor | tuple[Tensor, ...]:
        features = self.net(pixels)
        return tuple(features) if isinstance(features, tuple) else features


class TorchvisionLoader:
    """The `BackboneLoader` of torchvision's classification models."""

    def load(self, request: Request) -> Backbone:
        """The backbone `torchvision/NAME` with its weights.

        Raises `ConfigError` for a name that does not exist, `ModelError` for images that are too small or otherwise do
        not fit, and `WeightsError` for weights that are missing or of another model.
        """
        name = request.torchvision or ""
        known = models.list_models(module=models)
        if name not in known:
            near = did_you_mean(name, known)
            problem = (
                f"this torchvision has no model {name!r}.{near} `ftcli list-models` lists all {len(known)}"
            )
            raise request.places.error("model.backbone", problem)
        source = find_weights(name, request.model.weights, request.places)
        preprocess = request.sized(published_preprocess(source.transforms))
        auxiliary = _has_auxiliary(name, preprocess.crop, random=source.read is None)
        backbone = build(name, preprocess, f"{TORCHVISION}{name}@{source.label}", auxiliary)
        _fill(backbone, source)
        return backbone

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `BackboneLoader.save`."""
        module: Any = backbone.module
        return {"name": module.name, "auxiliary": bool(backbone.auxiliary)}

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `BackboneLoader.rebuild`."""
        assert preprocess is not None
        return build(saved["name"], preprocess, saved["source"], saved["auxiliary"])


def build(name: str, preprocess: ImagePreprocess, source: str, auxiliary: bool) -> Backbone:
    """The architecture with random weights, its classifier removed."""
    _check_size(name, preprocess.crop)
    net = _construct(name, preprocess.crop, auxiliary)
    classifiers = classifier_paths(net)
    widths = [_remove(net, path) for path in classifiers]
    blocks = tuple(block.under("net") for block in torchvision_ladder(net))
    return Backbone(
        module=TorchvisionNetwork(net, name, preprocess.crop, classifiers),
        preprocess=preprocess,
        width=widths[-1],
        blocks=blocks,
        source=source,
        family=FAMILIES.get(_architecture(name), "cnn"),
        auxiliary=tuple(widths[:-1]),
        auxiliary_weight=AUXILIARY_WEIGHTS[name] if widths[:-1] else 0.0,
    )


def classifier_paths(net: nn.Module) -> tuple[str, ...]:
    """The layers with a thousand outputs, the main one last: linear, or SqueezeNet's convolution."""
    return tuple(
        path
        for path, layer in net.named_modules()
        if OUTPUTS in (getattr(layer, "out_features", None), getattr(layer, "out_channels", None))
    )


def _remove(net: nn.Module, path: str) -> int:
    """Replace the layer at `path` by an identity; return the width of its input."""
    layer = net.get_submodule(path)
    width: Any = layer.in_features if isinstance(layer, nn.Linear) else layer.in_channels
    net.set_submodule(path, nn.Identity())
    return int(width)


def published_preprocess(transforms: Any) -> ImagePreprocess:
    """The pipeline for torchvision's `ImageClassification` transforms."""
    return ImagePreprocess(
        resize=int(transforms.resize_size[0]),
        crop=int(transforms.crop_size[0]),
        mean=tuple(transforms.mean),
        std=tuple(transforms.std),
        interpolation=transforms.interpolation.value,
    )


def construction(name: str, image_size: int, auxiliary: bool) -> dict[str, Any]:
    """The options of `torchvision.models.get_model` beside the number of classes."""
    if name in AUXILIARY_WEIGHTS:
        # Pixels come normalised by ImageNet's mean and deviation; these two map them to [-1, 1] themselves, as they
        # also do with the published weights.
        return {"aux_logits": auxiliary, "transform_input": True, "init_weights": True}
    if _architecture(name) == "vision_transformer":
        return {"image_size": image_size}
    if _architecture(name) == "maxvit":
        return {"input_size": (image_size, image_size)}
    return {}


def _construct(name: str, image_size: int, auxiliary: bool) -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        options = construction(name, image_size, auxiliary)
        net: nn.Module = models.get_model(name, weights=None, num_classes=OUTPUTS, **options)
    return net


def _check_size(name: str, size: int) -> None:
    """Raise `ModelError` for images that the architecture cannot take."""
    default = models.get_model_weights(name).DEFAULT
    minimum = int(max(default.meta["min_size"]))
    step = 1
    kind = _architecture(name)
    if kind == "swin_transformer":
        minimum = SWIN_MINIMUM
    elif kind == "maxvit":
        step = minimum
    elif kind == "vision_transformer":
        minimum = step = int(name.rpartition("_")[2])  # vit_b_16 has patches of 16
    if size < minimum:
        raise ModelError(f"{name} needs images of at least {minimum} pixels, not {size}: set data.image_size")
    if size % step:
        fits = max(step, round(size / step) * step)
        raise ModelError(
            f"{name} needs a multiple of {step} pixels, not {size}: set data.image_size to {fits}"
        )


def _has_auxiliary(name: str, size: int, *, random: bool) -> bool:
    """Whether to keep auxiliary classifiers: where there are pixels for them, and weights that are not noise.

    GoogLeNet's published weights hold untrained ones, which torchvision drops as well.
    """
    if name == "inception_v3":
        return size >= INCEPTION_AUXILIARY_SIZE
    return name == "googlenet" and random


def _architecture(name: str) -> str:
    """Torchvision's module for the model, such as `resnet` for `wide_resnet50_2`."""
    return str(models.get_model_builder(name).__module__.rpartition(".")[2])


def _fill(backbone: Backbone, source: Source) -> None:
    if source.read is None:
        return
    network = backbone.module
    assert isinstance(network, TorchvisionNetwork)
    state = strip_prefix(source.read(), network.net.state_dict())
    if isinstance(network.net, models.VisionTransformer):
        state = _fit_positions(state, network.net, network.image_size)
    dropped = () if backbone.auxiliary else AUXILIARY_NAMES
    fit_weights(network.net, state, source.where, heads=(*network.classifiers, *dropped))


def _fit_positions(state: dict[str, Tensor], net: models.VisionTransformer, size: int) -> dict[str, Tensor]:
    """Interpolate the position embeddings for images of another size; a grid that is not square stays as it is."""
    try:
        return dict(interpolate_embeddings(size, net.patch_size, OrderedDict(state)))
    except (KeyError, ValueError):
        return state
