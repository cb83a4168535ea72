"""Which way up annotations are, where EXIF turns their images: by all the evidence that a source has."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError, listing
from ftcli.media.orientation import Shape

AUTO, UPRIGHT = "auto", "upright"  # of data.orientation
TOLERANCE = 1.5  # pixels by which annotations may reach outside their image: half of them count from 1
SLACK = 0.02  # or this part of the longer side, which is not yet evidence that they are of another shape

_BY_MASK, _BY_SIZE, _BY_PLACE, _BY_OTHERS, _BY_TRAINING, _BY_DEFAULT = (
    "by the size of the mask",
    "by the size that is stated",
    "by where they lie",
    "as most others of these",
    "as in the training split",
    "without evidence: as browsers, OpenCV and most tools show images",
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one image tells: True for upright, False for stored, None for nothing.

    `size` is what the stated width and height tell, `place` what the places of its annotations tell. `mask` is what the
    size of its own mask tells, which nothing overrules.
    """

    size: bool | None = None
    place: bool | None = None
    mask: bool | None = None


def by_size(
    size: tuple[int, int] | None, shape: Shape, where: str, image: str, *, exact: bool = False
) -> bool | None:
    """What the stated width and height tell, which may be a pixel off if they need not be `exact`.

    Raises `DataError` if the image has another size either way.
    """
    if size is None:
        return None
    upright, stored = size == shape.upright, size == shape.stored
    if not (upright or stored or exact):
        upright, stored = _is_near(size, shape.upright), _is_near(size, shape.stored)
    if not (upright or stored):
        stated, real = f"{size[0]} x {size[1]}", f"{shape.width} x {shape.height}"
        raise DataError(
            f"{where}: says that {image} has {stated} pixels, and it has {real}, so objects may lie elsewhere"
        )
    return None if upright == stored else upright


def _is_near(size: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether widths and heights are the same, but for a pixel."""
    return all(abs(one - two) <= 1 for one, two in zip(size, other, strict=True))


def by_place(points: NDArray[np.float64], shape: Shape) -> bool | None:
    """What it tells where points (N, 2) lie: within one of the two shapes, and outside of the other."""
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return None
    slack = max(TOLERANCE, SLACK * max(shape.stored))
    low, high = points.min(axis=0), points.max(axis=0)
    upright, stored = (
        bool((low >= -slack).all() and (high <= np.array(size) + slack).all())
        for size in (shape.upright, shape.stored)
    )
    return None if upright == stored else upright


def by_proportions(size: tuple[int, int], shape: Shape, mask: object) -> bool | None:
    """What the width and height of a mask tell, which may be smaller or larger than its image but for rounding.

    Raises `DataError` for other proportions than those of the image, either way up.
    """
    if size in (shape.upright, shape.stored):
        return None if shape.upright == shape.stored else size == shape.upright
    upright, stored = (_is_scaled(size, one) for one in (shape.upright, shape.stored))
    if not upright and not stored:
        real = f"{shape.upright[0]} x {shape.upright[1]}" + (
            " turned upright" if shape.orientation > 1 else ""
        )
        raise DataError(
            f"{mask} has {size[0]} x {size[1]} pixels, and its image {real}: the same proportions are wanted"
        )
    return None if upright == stored else upright


def _is_scaled(size: tuple[int, int], whole: tuple[int, int]) -> bool:
    """Whether width and height are those of the whole by one scale, but for a pixel each."""
    least = max((side - 1) / full for side, full in zip(size, whole, strict=True))
    most = min((side + 1) / full for side, full in zip(size, whole, strict=True))
    return least <= most


class TurnedImages:
    """Decides for each image of a source that EXIF turns, once all were added, whether its annotations are upright."""

    def __init__(self, name: str, plural: str, wanted: str = AUTO, training: bool | None = None) -> None:
        """`wanted` is `data.orientation`; `training` is what the images of the training split tell."""
        self._name, self._plural, self._wanted, self._training = name, plural, wanted, training
        self._evidence: dict[int, Evidence] = {}
        self._images: dict[int, str] = {}

    @classmethod
    def read_by(cls, reading: Reading, name: str, plural: str) -> TurnedImages:
        """Those of a split: its name, and what is annotated."""
        return cls(name, plural, reading.orientation, reading.learned.upright if reading.learned else None)

    def add(self, row: int, image: str, evidence: Evidence) -> None:
        """Take the evidence of one image, which is called so in messages."""
        self._evidence[row], self._images[row] = evidence, image

    def upright(self) -> dict[int, bool]:
        """The decision on each row that was added: upright, or as it is stored."""
        return {row: upright for row, (upright, _) in self._decided().items()}

    def told(self) -> bool | None:
        """Which way up the annotations of most images are that tell it themselves; None if no more than the others."""
        votes = Counter(found for found, _ in self._own().values() if found is not None)
        return None if votes[True] == votes[False] else votes[True] > votes[False]

    def notes(self) -> tuple[str, ...]:
        """What was decided and why; nothing where the configuration decides, or no image is turned."""
        if not self._evidence or self._wanted != AUTO:
            return ()
        decided = self._decided()
        said = [words for upright in (True, False) if (words := self._words(decided, upright))]
        images = f"{len(decided):,} image{'s' if len(decided) > 1 else ''}"
        text = f"{self._name}: EXIF turns {images}; their {self._plural} are taken to be of the image "
        return (f"{text}{'; '.join(said)}. data.orientation: upright or stored decides for all",)

    def _words(self, decided: dict[int, tuple[bool, str]], upright: bool) -> str:
        """The images that are decided so: how many, why, and the first if not all are."""
        rows = [row for row, (found, _) in decided.items() if found == upright]
        if not rows:
            return ""
        reasons = Counter(decided[row][1] for row in rows)
        why = listing((f"{count:,} {reason}" for reason, count in reasons.most_common()), 4)
        first = f", the first is {self._images[rows[0]]}" if len(rows) < len(decided) else ""
        return f"{'turned upright' if upright else 'as it is stored'}: {len(rows):,} ({why}{first})"

    def _decided(self) -> dict[int, tuple[bool, str]]:
        """Each row's decision, and the reason for it."""
        own = self._own()
        if self._wanted != AUTO:
            wanted = self._wanted == UPRIGHT
            return {
                row: (wanted if why != _BY_MASK else bool(found), why) for row, (found, why) in own.items()
            }
        common: tuple[bool, str] = (True, _BY_DEFAULT)
        if (told := self.told()) is not None:
            common = (told, _BY_OTHERS)
        elif self._training is not None:
            common = (self._training, _BY_TRAINING)
        return {row: (common if found is None else (found, why)) for row, (found, why) in own.items()}

    def _own(self) -> dict[int, tuple[bool | None, str]]:
        """What each image tells by itself, and by what."""
        trusted = self._sizes_are_right()
        return {row: _of_one(one, trusted) for row, one in self._evidence.items()}

    def _sizes_are_right(self) -> bool:
        """Whether stated sizes tell of which image annotations are; some scripts state those of the file as stored,
        whatever the annotations are of, and places contradict that."""
        both = [one for one in self._evidence.values() if None not in (one.size, one.place)]
        against = sum(one.size != one.place for one in both)
        return against == 0 or against <= len(both) - against


def _of_one(one: Evidence, sizes_are_right: bool) -> tuple[bool | None, str]:
    """What an image itself tells, and by what."""
    if one.mask is not None:
        return one.mask, _BY_MASK
    if sizes_are_right and one.size is not None:
        return one.size, _BY_SIZE
    return one.place, _BY_PLACE
