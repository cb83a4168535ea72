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
    # The name of what goes in.
    modality: str
    image_size: int | None = None
    max_length: int | None = None
    places: Places = field(default_factory=Places)
    # Those of the training split, for training a tokenizer.
    texts: Callable[[], Iterable[str]] = tuple
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

    @property
    def source(self) -> str:
        """The id or folder of the network, followed by `@` and its weights where the user names them."""
        model = self.model
        return model.backbone if model.weights is None else f"{model.backbone}@{model.weights}"

    def sized(self, preprocess: ImagePreprocess) -> ImagePreprocess:
        """`preprocess` for images of the user's `image_size`, if there is one.

        The shorter side gets that size, and the longest allowed side keeps its ratio to it.
        """
        size = self.image_size
        if size is None:
            return preprocess
        longest = None if preprocess.longest is None else round(preprocess.longest * size / preprocess.resize)
        return replace(preprocess, resize=size, crop=size, longest=longest)
