"""A class of its own, in a file of the folder, for a network that no class of transformers computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from ftcli.models.pretrained.networks import quiet
from ftcli.ship.huggingface.described import Described, layers
from ftcli.ship.huggingface.equal_class import labelled
from ftcli.ship.scripts.heads import modeling_image, modeling_mask, modeling_sound, modeling_text

# The name of its file in the folder.
MODELING = "modeling"


def own_class(described: Described) -> tuple[Any, str]:
    """The network as one of such a class, and the name of the script that has the class."""
    script, options = _SCRIPTS[described.form, described.modality](described)
    # Where the run's copy of the configuration lies is of no use elsewhere.
    network = {
        key: value for key, value in described.around.config.to_dict().items() if key != "_name_or_path"
    }
    with quiet():
        config = script.Config(
            network=network,
            layers=layers(described.head),
            **options,
        )
        config = labelled(config, described)
        if script is not modeling_mask:
            config.scale = described.scale
            config.left_out = _left_out(script, config, described.net)
        model = script.Model(config).eval()
    nn.Module.load_state_dict(model.net, described.net.state_dict())
    model.head.load_state_dict(described.head.state_dict())
    config.auto_map = {"AutoConfig": f"{MODELING}.Config", described.auto: f"{MODELING}.Model"}
    return model, script.__name__.rpartition(".")[2]


def _text(described: Described) -> tuple[Any, dict[str, Any]]:
    around = described.around
    return modeling_text, {"pooling": around.pooling, "positions": around.numbers_positions}


def _image(described: Described) -> tuple[Any, dict[str, Any]]:
    return modeling_image, {"interpolate": described.around.interpolate}


def _mask(described: Described) -> tuple[Any, dict[str, Any]]:
    paths = (path for path, layer in described.net.named_modules() if isinstance(layer, nn.Identity))
    return modeling_mask, {"last": next(paths)}


def _sound(described: Described) -> tuple[Any, dict[str, Any]]:
    around = described.around
    pooled = around.config.model_type == "audio-spectrogram-transformer"
    return modeling_sound, {"input_name": around.name, "masks": around.masks, "pooled": pooled}


_SCRIPTS: dict[tuple[str, str], Callable[[Described], tuple[Any, dict[str, Any]]]] = {
    ("vector", "text"): _text,
    ("tokens", "text"): _text,
    ("vector", "image"): _image,
    ("maps", "image"): _mask,
    ("vector", "audio"): _sound,
}


def _left_out(script: Any, config: Any, net: nn.Module) -> list[str]:
    """The paths of parts that the trained network does without: None in it, and weights in a new one."""
    with torch.device("meta"):
        names = script.Model(config).net.state_dict().keys() - net.state_dict().keys()
    return sorted({_first_none(net, name) for name in names})


def _first_none(net: nn.Module, name: str) -> str:
    """The beginning of a path, up to what is None."""
    at: Any = net
    parts = name.split(".")
    for index, part in enumerate(parts):
        at = getattr(at, part, None)
        if at is None:
            return ".".join(parts[: index + 1])
    return name
