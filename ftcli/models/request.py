"""What a loader is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from ftcli.config.model_places import mistake
from ftcli.config.schema import Model
from ftcli.contracts import ImagePreprocess, Modality
from ftcli.errors import ConfigError

TORCHVISION = "torchvision/"
NOUNS: Mapping[Modality, str] = {"image": "images", "text": "texts", "audio": "sounds"}


@dataclass(frozen=True, slots=True)
class Request:
    """The `model` section, and what of the rest decides how a network is loaded.

    `image_size` (pixels), `max_length` (tokens) and `max_seconds` are the user's, or None for what the weights expect.
    `outputs` is how many the target has, for a network with its head inside.
    """

    model: Model
    modality: Modality
    image_size: int | None = None
    max_length: int | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    # Those of the training split, for training a tokenizer.
    texts: Callable[[], Iterable[str]] = tuple
    outputs: int = 1
    max_seconds: float | None = None

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

    def mistake(self, key: str, problem: str) -> ConfigError:
        """The error for one key of the section."""
        return mistake(self.places, key, problem)
