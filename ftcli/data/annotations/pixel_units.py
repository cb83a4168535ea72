"""Whether coordinates that should be pixels are fractions of the sides of their images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ftcli.errors import DataError
from ftcli.media.orientation import Shape

LARGEST = 1.1  # of a fraction: rounding, and objects that reach over the border
SMALLEST = 4  # pixels of the shorter side of an image in which not all objects lie within the first pixel


class PixelUnits:
    """Looks at the coordinates of all images of a source: those of fractions lie within the first pixel."""

    def __init__(self, name: str, plural: str) -> None:
        self._name, self._plural = name, plural
        self._images = self._tiny = 0
        self._first = ""

    def add(self, points: NDArray[np.float64], shape: Shape, image: str) -> None:
        """The points (N, 2) of all objects of one image, in what should be pixels."""
        if not len(points):
            return
        self._images += 1
        # Whole numbers are pixels: 0, 0, 1, 1 stands for an image without objects in some sets.
        broken = bool((points != np.round(points)).any())
        if broken and points.max() <= LARGEST and min(shape.stored) >= SMALLEST:
            self._tiny += 1
            values = ", ".join(f"{value:.4g}" for value in points[:2].reshape(-1))
            self._first = self._first or f"{image} ({values}, ...)"

    def check(self) -> None:
        """Raise `DataError` where all objects of most images lie within the first pixel."""
        if 2 * self._tiny > self._images:
            images = f"all {self._plural} of {self._tiny:,} of its {self._images:,} images"
            raise DataError(
                f"{self._name}: {images} lie within the first pixel, such as in {self._first}: pixels are wanted, not "
                "fractions of the image's sides"
            )

    def notes(self) -> tuple[str, ...]:
        """The images whose objects look like fractions, where others do not."""
        if not self._tiny:
            return ()
        words = (
            f"images whose {self._plural} all lie within the first pixel, perhaps as fractions of the sides"
        )
        return (f"{self._name}: {words}: {self._tiny:,} of {self._images:,}, the first is {self._first}",)
