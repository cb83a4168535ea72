"""Sets in the form of YOLO, and what is read of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ftcli.contracts import Split
from ftcli.data.splits import Splits
from tests.tiny import boxes as tiny

CLASSES = ("blue", "red")


def filled(root: Path, images: str, labels: str | None, *numbers: int) -> Path:
    """Images `<number>.png`, which have the tiles of this seed, and their labels, in which 0 is blue."""
    for number in numbers:
        file = None if labels is None else root / labels / f"{number}.txt"
        tiny.yolo_image(root / images / f"{number}.png", file, number)
    return root


def stems(split: Split | None) -> list[int]:
    return [] if split is None else sorted(int(Path(split[i].id).stem) for i in range(len(split)))


def check(found: Splits, classes: Sequence[str] = CLASSES, **numbers: Sequence[int]) -> None:
    """The images of each split by their numbers, the classes, and every box where its tile is."""
    assert {name: stems(getattr(found, name)) for name in numbers} == {k: list(v) for k, v in numbers.items()}
    assert found.target.classes == tuple(classes)
    for split in filter(None, (found.train, found.val, found.test)):
        for example in (split[i] for i in range(len(split))):
            wanted = tiny.tiles(int(Path(example.id).stem))[1]
            assert example.target.labels == tuple(classes[CLASSES.index(name)] for name, _ in wanted)
            np.testing.assert_allclose(example.target.corners, [sides for _, sides in wanted], atol=1e-4)


def noted(found: Splits, words: str) -> bool:
    return any(words in note for note in found.notes)
