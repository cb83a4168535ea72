"""Loads the network: `network()`."""

from __future__ import annotations

import json
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torchvision
from safetensors.torch import load_file
from torch import nn

HERE = Path(__file__).resolve().parent


def network() -> Any:
    """torchvision's network with the trained weights, in eval mode."""
    config = json.loads((HERE / "config.json").read_text(encoding="utf-8"))
    classes = len(config["classes"])
    net = torchvision.models.get_model(config["architecture"], num_classes=classes, **config["options"])
    for path, layers in config["changed"].items():
        made = [getattr(nn, kind)(*sizes) for kind, *sizes in layers]
        net.set_submodule(path, nn.Sequential(*made) if made else nn.Identity())
    state = OrderedDict(load_file(HERE / "model.safetensors"))
    # Which version of its layers the names are of: MNASNet asks.
    state._metadata = net.state_dict()._metadata  # type: ignore[attr-defined]
    net.load_state_dict(state)
    return net.eval()
