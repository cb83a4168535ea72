"""Examples, and what they are labelled with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

PathLike = str | Path


@dataclass(frozen=True, slots=True)
class Example:
    """One row of data, as it was read.

    `inputs` holds `image` (a path, encoded bytes, or an array (H, W) or (H, W, 3) of uint8), `audio` (a path or encoded
    bytes), or `text`, which may be a tuple of words or a `Chat`, and, for pairs, `text_pair`, or for a text to be
    spoken `speaker`.
    `target` is of the kind `Target.kind`, or None when predicting: a class name, a tuple of class names, a number,
    `Boxes`, a `Mask`, a tuple of tags, a text, or a sound as `audio` is. Of "tokens" it is True: what is learned is the
    input `text`, or the input `target`, which is the answer to it. `attributes` are the cells of the
    columns in `data.keep`, by name: nothing that is learned depends on them.
    """

    id: str
    inputs: Mapping[str, Any]
    target: Any = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Boxes:
    """The objects in one image. `corners` is float32 (N, 4): left, top, right, bottom, in pixels of the image.

    Pixels are those of the decoded image, turned by its EXIF orientation. `crowd` marks boxes that hold many objects
    at once: a detection in them is neither right nor wrong.
    """

    labels: tuple[str, ...]
    corners: Any
    crowd: tuple[bool, ...] = ()


class Mask(Protocol):
    """The class of each pixel of one image, read when it is asked for. Picklable."""

    @property
    def names(self) -> Mapping[int, str]:
        """The class that each value stands for; a pixel of any other value does not count."""
        ...

    @property
    def coloured(self) -> bool:
        """Whether the values are colours, 0xRRGGBB."""
        ...

    def read(self) -> Any:
        """Values, an integer array (H, W). Raises `DataError` for a file that cannot be read."""
        ...


class Split(Protocol):
    """Examples that are read when they are asked for; only targets are held in memory."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Example: ...
    def targets(self) -> Sequence[Any]:
        """The raw target of every example, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """What the examples are labelled with, learned from the training split."""

    # The name of a `TargetKind`.
    kind: str
    # The order of the logits, or the speakers; empty where there are none.
    classes: tuple[str, ...] = ()
    # Training examples of each class, or boxes, pixels, words.
    counts: tuple[int, ...] = ()
    # Training examples.
    examples: int = 0
    # Of the training numbers; a model learns (number - mean) / std.
    mean: float = 0.0
    std: float = 1.0
    # What stands for each class in masks, which are grey levels or, if `coloured`, 0xRRGGBB.
    values: tuple[int, ...] = ()
    coloured: bool = False

    @property
    def outputs(self) -> int:
        """How many outputs a head for this target has."""
        return len(self.classes) if self.classes else 1
