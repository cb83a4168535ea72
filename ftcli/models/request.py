"""What a loader is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from ftcli.config.places import Places
from ftcli.config.schema import Model
from ftcli.contracts import ImagePreprocess, Modality
from ftcli.contracts.modalities import MODALITIES

TORCHVISION = "torchvision/"


@dataclass(frozen=True, slots=True)
class Request:
    """The `model` section, and what of the rest decides how a network is loaded.

    `image_size` (pixels), `max_length` (tokens) and `max_seconds` are the user's, or None for what the weights expect.
    `outputs` is how many the target has, for a network with its head inside.
    """

    model: Model
    modality: str  # the name of what goes in
    image_size: int | None = None
    max_length: int | None = None
    places: Places = field(default_factory=Places)
    texts: Callable[[], Iterable[str]] = (
        tuple  # those of the training split, for a tokenizer to be trained on
    )
    outputs: int = 1
    max_seconds: float | None = None

    @property
    def takes(self) -> Modality:
        """What goes in."""
        return MODALITIES[self.modality]

    @property
    def torchvision(self) -> str | None:
        """The model's name in torchvision, if it is one of its models."""
        name = self.model.backbone
        return name.removeprefix(TORCHVISION) if name.startswith(TORCHVISION) else None

    def sized(self, preprocess: ImagePreprocess) -> ImagePreprocess:
        """For images of the size that the user wants, if any."""
        size = self.image_size
        return preprocess if size is None else replace(preprocess, resize=size, crop=size)
