"""Loads the network: `network()`."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import torchvision
from safetensors.torch import load_file

HERE = Path(__file__).resolve().parent


def network() -> Any:
    """torchvision's detector with the trained weights, in eval mode: it takes a list of images in [0, 1]."""
    config = json.loads((HERE / "config.json").read_text(encoding="utf-8"))
    net = made(config)
    net.load_state_dict(load_file(HERE / "model.safetensors"))
    return net.eval()


def made(config: dict[str, Any]) -> Any:
    """The network with random weights."""
    outputs, image = len(config["classes"]) + config["background"], config["image"]
    options = {"weights": None, "weights_backbone": None, "num_classes": outputs}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        net = torchvision.models.get_model(config["architecture"], **options)
    part = net.roi_heads if hasattr(net, "roi_heads") else net
    part.score_thresh, part.detections_per_img = config["least_score"], config["most"]
    if not image["squash"]:
        net.transform.min_size, net.transform.max_size = (image["resize"],), image["longest"]
    return net
