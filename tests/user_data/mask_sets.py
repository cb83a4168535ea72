"""Images and masks as users have them, and what is read of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE
from ftcli.data.splits import Splits, open_splits

WIDTH, HEIGHT = 64, 48


Paint = Callable[[NDArray[Any]], Image.Image]


def opened(source: Path, **keys: Any) -> Splits:
    return open_splits(Data(source=str(source), **keys), inputs=(IMAGE,), wants="mask", seed=0, places={})


def noted(splits: Splits, *words: str) -> bool:
    """Whether one note has all the words."""
    return any(all(word in note for word in words) for note in splits.notes)


def squares(values: Sequence[int], seed: int) -> NDArray[Any]:
    """Ground of the first value, and a square of each other one, none of which covers another."""
    mask = np.full((HEIGHT, WIDTH), values[0], dtype=np.int32)
    for place, value in enumerate(values[1:]):
        top = 2 + seed % 20
        mask[top : top + 14, 2 + 15 * place : 14 + 15 * place] = value
    return mask


def grey(mask: NDArray[Any]) -> Image.Image:
    return Image.fromarray(mask.astype(np.uint8))


def as_colours(mask: NDArray[Any]) -> Image.Image:
    """Three channels that are all the same."""
    return grey(mask).convert("RGB")


def painted(mask: NDArray[Any]) -> Image.Image:
    """True colours: the indices 0, 1, 2 as black, red and blue."""
    return Image.fromarray(np.array([[0, 0, 0], [128, 0, 0], [0, 0, 255]], dtype=np.uint8)[mask])


def photo(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 255, (HEIGHT, WIDTH, 3))
    Image.fromarray(noise.astype(np.uint8)).save(path)


def make(
    root: Path,
    values: Sequence[int] = (0, 1, 2),
    paint: Paint = grey,
    images: str = "images/{}.jpg",
    masks: str = "masks/{}.png",
    count: int = 6,
) -> Path:
    """Images and their masks, by their numbers."""
    for number in range(count):
        photo(root / images.format(number), number)
        path = root / masks.format(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        paint(squares(values, number)).save(path)
    return root
