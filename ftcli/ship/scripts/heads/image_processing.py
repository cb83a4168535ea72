"""An image processor that cuts where the network's training did; transformers' own may cut one pixel aside."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torchvision.transforms.v2 import functional
from transformers import MobileNetV2ImageProcessor


class ImageProcessor(MobileNetV2ImageProcessor):
    """Resizes the shorter side, of a panorama that of its middle, and cuts out the centre."""

    def resize(self, image: Tensor, size: Any, *others: Any, **options: Any) -> Tensor:
        """Pixels (..., H, W) at the size, a square or that of the shorter side."""
        height, width = image.shape[-2:]
        if size.shortest_edge:
            longest = 2 * min(height, width)
            image = functional.center_crop(image, [min(height, longest), min(width, longest)])
        resized: Tensor = super().resize(image, size, *others, **options)
        return resized

    def center_crop(self, image: Tensor, size: Any, **options: Any) -> Tensor:
        """Pixels (..., H, W) from the middle."""
        cropped: Tensor = functional.center_crop(image, [size.height, size.width])
        return cropped
