"""The class of transformers that computes exactly what a run's network computes, if there is one."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import torch
import transformers
from torch import nn

from ftcli.contracts import Batch
from ftcli.models.pretrained.networks import quiet
from ftcli.models.segmentation.last_layers import MARK
from ftcli.ship.huggingface.described import CALLS, Described, answers_alike, random_head


def equal_class(described: Described, batches: Sequence[Batch]) -> Any | None:
    """A network of transformers' own class with the trained weights, or None where none answers alike on `batches`."""
    if described.last is None or described.scale is not None:
        return None
    with quiet(), random_head(described) as tried:
        model, path = _candidate(tried)
        call = CALLS[tried.modality]
        if model is None or not answers_alike(tried, lambda inputs: call(model, inputs), batches):
            return None
    _put(model.get_submodule(path), described.last)
    return model


def labelled(config: Any, described: Described) -> Any:
    """A copy of a configuration, with the classes."""
    config = deepcopy(config)
    config.id2label = dict(enumerate(described.names))
    config.label2id = {name: index for index, name in enumerate(described.names)}
    config.problem_type = described.problem if described.form == "vector" else None
    return config


def _candidate(described: Described) -> tuple[Any | None, str]:
    """The class for such networks and tasks with the weights, and the path of its last layer.

    Weights that only the class has are random.
    """
    auto = getattr(transformers, described.auto)
    config = labelled(described.around.config, described)
    if type(config) not in auto._model_mapping:
        return None, ""
    if hasattr(config, "classifier_proj_size"):
        # Of a projection before the head, which becomes the identity.
        config.classifier_proj_size = config.hidden_size
    path = _last_layer(auto, config)
    if path is None:
        return None, ""
    model = auto.from_config(config, dtype=torch.float32).eval()
    if not _filled(model, described.net) or not _put(model.get_submodule(path), described.last):
        return None, ""
    _make_identity(getattr(model, "projector", None))
    return model, path


def _last_layer(auto: Any, config: Any) -> str | None:
    """The path of the layer of classes, found in a network of `MARK` of them."""
    marked = deepcopy(config)
    marked.num_labels = MARK
    with torch.device("meta"):
        modules = list(auto.from_config(marked).named_modules())
    sizes = (
        (path, getattr(one, "out_features", getattr(one, "out_channels", None))) for path, one in modules
    )
    paths = [path for path, size in sizes if size == MARK]
    return paths[0] if len(paths) == 1 else None


def _filled(model: Any, net: nn.Module) -> bool:
    """Copy the weights of the features; whether there is a place for each."""
    state = net.state_dict()
    for body in (model.base_model, model):
        if state.keys() <= (there := body.state_dict()).keys():
            if any(there[name].shape != value.shape for name, value in state.items()):
                return False
            nn.Module.load_state_dict(body, state, strict=False)
            return True
    return False


def _put(layer: Any, ours: Any) -> bool:
    """Copy the weights of the head; whether they fit."""
    if layer.weight.shape != ours.weight.shape or (layer.bias is None) != (ours.bias is None):
        return False
    with torch.no_grad():
        layer.weight.copy_(ours.weight)
        if layer.bias is not None:
            layer.bias.copy_(ours.bias)
    return True


def _make_identity(layer: Any) -> None:
    if isinstance(layer, nn.Linear) and layer.in_features == layer.out_features:
        nn.init.eye_(layer.weight)
        nn.init.zeros_(layer.bias)
