"""Loads the network: `network()`. It is one of torchvision's detectors on the maps of one of its classifiers."""

from __future__ import annotations

import json
import sys
import warnings
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torchvision
from safetensors.torch import load_file
from torch import Tensor, nn
from torchvision.models.feature_extraction import create_feature_extractor

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


class Pixels(nn.Module):
    """The maps of a classifier (`net`), and the pyramid that is made of them (`neck`)."""

    def __init__(self, net: nn.Module, neck: nn.Module, last: list[str], out_channels: Any) -> None:
        """`last` are the maps whose channels come last."""
        super().__init__()
        self.net, self.neck = net, neck
        self.last, self.out_channels = last, out_channels

    def forward(self, pixels: Tensor) -> OrderedDict[str, Tensor]:
        found = self.net(pixels)
        maps = {name: one.permute(0, 3, 1, 2) if name in self.last else one for name, one in found.items()}
        pyramid: OrderedDict[str, Tensor] = self.neck(maps)
        return pyramid


def network() -> Any:
    """The detector with the trained weights, in eval mode."""
    config = json.loads((HERE / "config.json").read_text(encoding="utf-8"))
    import kinds
    import pyramid

    net = made(config, kinds, pyramid)
    net.load_state_dict(load_file(HERE / "model.safetensors"))
    return net.eval()


def made(config: dict[str, Any], kinds: Any, pyramid: Any) -> Any:
    """The network with random weights; the modules are the files of the folder with these names."""
    taps, width = config["taps"], config["width"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        whole = torchvision.models.get_model(config["architecture"], weights=None).eval()
    maps = create_feature_extractor(whole, {tap["path"]: str(tap["stride"]) for tap in taps})
    neck = pyramid.Pyramid({str(tap["stride"]): tap["channels"] for tap in taps}, width)
    last = [str(tap["stride"]) for tap in taps if tap["layout"] == "last"]
    body = Pixels(maps, neck, last, width)
    net = kinds.KINDS[config["kind"]](body, config["strides"], len(config["classes"]), width)
    part = net.roi_heads if hasattr(net, "roi_heads") else net
    part.score_thresh, part.detections_per_img = config["least_score"], config["most"]
    return net
