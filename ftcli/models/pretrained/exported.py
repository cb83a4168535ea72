"""Folders of `ftcli export RUN hf` with a class of their own: the network inside is read, the class is not run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

# The `model_type`s. A network of transformers is described at `network` in config.json; its weights have the prefix.
WRAPPED = ("ftcli_text", "ftcli_image", "ftcli_mask", "ftcli_sound")
TORCHVISION = "ftcli_torchvision"
PREFIX = "net."


def inner(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings of the network inside of an exported one; of any other its own."""
    network = settings.get("network")
    return network if settings.get("model_type") in WRAPPED and isinstance(network, dict) else settings


def is_wrapped(settings: Mapping[str, Any]) -> bool:
    """Whether these are the settings of an exported network with a class of its own."""
    return inner(settings) is not settings


def unwrapped(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of the network inside, by its own names."""
    return {name.removeprefix(PREFIX): value for name, value in state.items() if name.startswith(PREFIX)}
