"""A folder of images, and one of masks that are named like them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ftcli.contracts import Modality, TargetKind
from ftcli.contracts.modalities import IMAGE
from ftcli.data.annotations.colour_table import ClassTable, class_table
from ftcli.data.annotations.mask_file import ColouredError, MaskFile, counts_of, is_coloured
from ftcli.data.annotations.mask_pairs import pairs
from ftcli.data.annotations.mask_values import IGNORED, Decision, Ignore, Survey
from ftcli.data.annotations.voc import listed
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.folder import FolderRows, Names
from ftcli.data.targets.columns import Structures, Unlabelled
from ftcli.data.targets.reading import Learned, Reading
from ftcli.errors import DataError
from ftcli.media.broken_files import UNLABELLED, BrokenFiles
from ftcli.media.formats import IMAGE_FILES

FEW = 5  # masks that tell whether masks hold colours
TABLE_WANTED = (
    " (a mask has one number a pixel, the index of its class; a labelmap.txt or class_dict.csv beside the masks may "
    "say which class each colour is: name,r,g,b)"
)


@dataclass(frozen=True, slots=True)
class MaskedImages:
    """A folder of images and one of masks; only the images in the list `chosen`, if there is one.

    `pattern` says where the mask of each image is, from the folder of masks on.
    """

    images: Path
    masks: Path
    ignore: Ignore = None
    chosen: Path | None = None
    pattern: str | None = None
    what: str = "a folder of images with masks"
    holds: Modality | None = IMAGE

    @property
    def name(self) -> str:
        return str(self.chosen or self.images)

    def reads(self, files: Modality) -> frozenset[str]:
        return frozenset({"mask", "ignore_index", "missing_labels"})

    def columns(self) -> None:
        return None

    def open(self, roles: Roles, reading: Reading) -> Opened:
        chosen = None if self.chosen is None else listed(self.chosen, self.images)
        found = pairs(self.images, chosen, self.masks, self.pattern)
        names, broken = Names(), BrokenFiles(f"in {self.images}", IMAGE_FILES)
        for image in found.images:
            names.append(image)
            broken.add(f"{self.images}/{image}")
        rows = FolderRows(self.images, names)
        if not reading.labelled:
            return Opened(rows, Unlabelled(len(rows)), found.notes, broken=broken)
        read = _read(found.masks, self._table(), broken)
        if read.coloured and self.ignore is not None:
            words = "the masks hold colours, and data.ignore_index is a number: list the classes to use in data.classes"
            raise DataError(f"{self.masks}: {words}")
        absent = BrokenFiles(f"in {self.images}", IMAGE_FILES, UNLABELLED)
        for image, mask in zip(found.images, found.masks, strict=True):
            if mask is None:
                absent.missing(f"{self.images / image} has no mask in {self.masks}")
            else:
                absent.passed()
        decision = read.decision(self.ignore, reading)
        naming = read.named(decision, reading)
        notes = (*found.notes, *(f"{self.masks}: {note}" for note in (*read.notes(decision), *naming.notes)))
        keys = {"ignore_index": (decision.ignore, decision.why)} if decision.decided else {}
        labels = read.labels(reading.kind, [self.images / image for image in found.images], naming)
        return Opened(rows, labels, notes, {}, broken, absent, Learned(naming.names, keys))

    def _table(self) -> ClassTable:
        """Of the folder of masks, or one or two above, as masks of splits share it."""
        return class_table(self.masks, *self.masks.parents[:2])


@dataclass(frozen=True, slots=True)
class _Naming:
    """The classes of values, those that are named whether a mask has them or not, and what to say of it."""

    names: Mapping[int, str]
    known: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Masks:
    """What the masks of a split hold, each of which was read once; of those without a mask, nothing."""

    table: ClassTable
    coloured: bool
    survey: Survey = field(default_factory=Survey)
    counts: list[Mapping[int, int]] = field(default_factory=list)  # pixels of each value, by mask
    files: list[Path | None] = field(default_factory=list)

    def decision(self, given: Ignore, reading: Reading) -> Decision:
        """Which value does not count: as the configuration says, or the training split, or else the masks."""
        if given is not None or self.coloured:
            return Decision(given)
        if reading.learned is not None:
            return Decision(reading.learned.keys.get("ignore_index", (IGNORED, ""))[0])
        return self.survey.decide(self._values, len(reading.names or ()))

    def notes(self, decision: Decision) -> Iterator[str]:
        """What the user should know of the values."""
        return iter(()) if self.coloured else self.survey.notes(decision)

    def _values(self, position: int) -> NDArray[Any]:
        path = self.files[position]
        assert path is not None
        return MaskFile(path, {}).read()

    def named(self, decision: Decision, reading: Reading) -> _Naming:
        """By the table beside the masks, the training split, or `data.class_names` in the order of the values."""
        if self.coloured:
            names = self.table.colours
            return _Naming(
                names, tuple(dict.fromkeys(names.values())), (f"colours are named by {self.table.path}",)
            )
        values, given = self._classes(decision), reading.names or ()
        if reading.learned is not None:
            return _Naming({value: reading.learned.names.get(value, str(value)) for value in values})
        if len(given) == len(values) and values and values[-1] >= len(given):
            names = dict(zip(values, given, strict=True))
            said = ", ".join(f"{value} {name}" for value, name in names.items())
            return _Naming(names, (), (f"class_names are in the order of the values: {said}",))
        if given or not self.table.values:
            return _Naming({value: str(value) for value in values})
        listed = {value: name for value, name in self.table.values.items() if decision.is_class(value)}
        names = {**{value: str(value) for value in values}, **listed}
        return _Naming(names, tuple(names.values()), (f"values are named by {self.table.path}",))

    def _classes(self, decision: Decision) -> list[int]:
        return sorted(value for value in self.survey.pixels if decision.is_class(value))

    def labels(self, kind: TargetKind, images: Sequence[Path], naming: _Naming) -> Structures:
        """The masks, with the pixels of each class."""
        tallies: list[Mapping[str, int]] = []
        for counts in self.counts:
            tally: Counter[str] = Counter()
            for value, count in counts.items():
                if value in naming.names:
                    tally[naming.names[value]] += count
            tallies.append(dict(tally))
        # An image without a mask is left out, or an error.
        paths = (mask or image for mask, image in zip(self.files, images, strict=True))
        items = [MaskFile(path, naming.names, self.coloured) for path in paths]
        return Structures(kind, items, tallies, naming.known)


def _read(masks: Sequence[Path | None], table: ClassTable, broken: BrokenFiles) -> _Masks:
    """Read every mask. What is wrong with a file is added to `broken`."""
    coloured = bool(table.colours) and any(map(is_coloured, filter(None, masks[:FEW])))
    found = _Masks(table, coloured, files=[*masks])
    for row, mask in enumerate(masks):
        found.counts.append({})
        if mask is None:
            continue
        try:
            loaded = MaskFile(mask, table.colours, coloured).load()
        except DataError as error:
            broken.also(row, str(error))
            broken.hint = TABLE_WANTED if isinstance(error, ColouredError) else broken.hint
            continue
        found.counts[row] = counts_of(loaded.values)
        found.survey.add(row, found.counts[row], loaded)
    return found
