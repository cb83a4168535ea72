"""A folder of images, and one of masks that are named like them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os.path import lexists
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ftcli.contracts import Modality, TargetKind
from ftcli.contracts.modalities import IMAGE
from ftcli.data.annotations.turned_images import Evidence, TurnedImages, by_proportions
from ftcli.data.masks.colour_table import ClassTable, class_table
from ftcli.data.masks.mask_file import ColouredError, MaskFile, check_colours, counts_of, is_coloured
from ftcli.data.masks.pairs import Pairs, pairs
from ftcli.data.masks.values import IGNORED, Decision, Ignore, Survey
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.folder import FolderRows, Names
from ftcli.data.targets.columns import Structures, Unlabelled
from ftcli.data.targets.reading import Learned, Reading
from ftcli.errors import DataError, listing
from ftcli.media.broken_files import BrokenFiles
from ftcli.media.formats import IMAGE_FILES
from ftcli.media.orientation import Shape, shape_of

File = tuple[Path, Path | None]  # an image and its mask
VOID = ("void", "ignore", "ignored", "unlabeled", "unlabelled")
FEW = 5  # masks that tell whether masks hold colours
TABLE_WANTED = (
    " (a mask has one number a pixel, the index of its class; a labelmap.txt or class_dict.csv beside the masks may "
    "say which class each colour is: name,r,g,b)"
)


@dataclass(frozen=True, slots=True)
class MaskedImages:
    """A folder of images and one of masks; only the images in the list `chosen`, if there is one.

    `pattern` says where the mask of each image is, from the folder of masks on. `top` is where all of them lie, and
    `missing` what is done about images without a mask, as `data.missing_labels` says.
    """

    images: Path
    masks: Path
    top: Path
    ignore: Ignore = None
    missing: str = "fail"
    chosen: Path | None = None
    pattern: str | None = None
    what: str = "a folder of images with masks"
    holds: Modality | None = IMAGE

    @property
    def name(self) -> str:
        return str(self.chosen or self.images)

    def reads(self, files: Modality) -> frozenset[str]:
        return frozenset({"mask", "ignore_index", "orientation", "missing_labels"})

    def columns(self) -> None:
        return None

    def open(self, roles: Roles, reading: Reading) -> Opened:
        found = pairs(self.images, self.chosen, self.masks, self.pattern)
        found, skipped, notes = self._with_masks(found) if reading.labelled else (found, (), ())
        names, broken = Names(), BrokenFiles(f"in {self.images}", IMAGE_FILES)
        for image in found.images:
            names.append(image)
            broken.add(f"{self.images}/{image}")
        rows, notes = FolderRows(self.images, names), (*found.notes, *notes)
        if not reading.labelled:
            return Opened(rows, Unlabelled(len(rows)), notes, broken=broken)
        files = [(self.images / image, mask) for image, mask in zip(found.images, found.masks, strict=True)]
        turned = TurnedImages.read_by(reading, str(self.images), "masks")
        labels, learned, said = self._labelled(_read(files, self._table(), broken, turned), reading)
        notes = (*notes, *(f"{self.masks}: {note}" for note in said), *turned.notes())
        return Opened(rows, labels, notes, broken=broken, skipped=skipped, learned=learned)

    def _labelled(self, read: _Masks, reading: Reading) -> tuple[Structures, Learned, tuple[str, ...]]:
        """The masks with their classes, what other splits are read by, and what to say of it."""
        if read.coloured and self.ignore is not None:
            words = "the masks hold colours, and data.ignore_index is a number: list the classes to use in data.classes"
            raise DataError(f"{self.masks}: {words}")
        decision = read.decision(self.ignore, reading)
        naming = read.named(decision, reading)
        keys = {"ignore_index": (decision.ignore, decision.why)} if decision.decided else {}
        said = (*read.notes(decision, reading.learned is None), *naming.notes)
        return read.labels(reading.kind, naming), Learned(naming.names, keys, read.turned.told()), said

    def _with_masks(self, found: Pairs) -> tuple[Pairs, tuple[str, ...], tuple[str, ...]]:
        """The images that have masks, what is said of each of the others, and a note. Raises `DataError`.

        What is listed and is no file counts as an image that cannot be used.
        """
        given = list(zip(found.images, found.masks, strict=True))
        bare = [image for image, mask in given if mask is None and lexists(self.images / image)]
        if not bare:
            return found, (), ()
        count = f"{len(bare):,} of its {len(given):,} images"
        words = f"{self.images}: {count} have no mask of the same name in {self.masks}"
        if self.missing == "fail":
            raise DataError(f"{words}: {listing(bare, 5)}. data.missing_labels: skip leaves them out")
        apart = {*bare}
        kept = [(image, mask) for image, mask in given if image not in apart]
        lines = tuple(f"{self.images / image} has no mask in {self.masks}" for image in bare)
        note = f"{words} and are left out (skipped.txt in the run has all): {listing(bare, 3)}"
        return Pairs([image for image, _ in kept], [mask for _, mask in kept], found.notes), lines, (note,)

    def _table(self) -> ClassTable:
        """Of the folder of masks or one above it, as masks of splits share it."""
        above = [one for one in self.masks.parents if one.is_relative_to(self.top)]
        return class_table(self.masks, *above)


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
    files: Sequence[File]
    turned: TurnedImages
    survey: Survey = field(default_factory=Survey)
    counts: list[Mapping[int, int]] = field(default_factory=list)  # pixels of each value, by mask
    shapes: dict[int, Shape] = field(default_factory=dict)  # of images that EXIF turns

    def decision(self, given: Ignore, reading: Reading) -> Decision:
        """Which value does not count: as the configuration says, or the training split, or else the masks."""
        if given is not None or self.coloured:
            return Decision(given, given=True)
        if reading.learned is not None:
            return Decision(reading.learned.keys.get("ignore_index", (IGNORED, ""))[0])
        return self.survey.decide(self._values, len(reading.names or ()), self._listed())

    def notes(self, decision: Decision, training: bool) -> Iterator[str]:
        """What the user should know of the values."""
        return iter(()) if self.coloured else self.survey.notes(decision, training)

    def _values(self, position: int) -> NDArray[Any]:
        return MaskFile(self.files[position][1] or Path(), {}).read()

    def named(self, decision: Decision, reading: Reading) -> _Naming:
        """By the table beside the masks, the training split, or `data.class_names` in the order of the values."""
        if self.coloured:
            names = self.table.colours
            notes = (f"colours are named by {self.table.path}", *_remarks(names.values()))
            return _Naming(names, tuple(dict.fromkeys(names.values())), notes)
        values, given = self._classes(decision), reading.names or ()
        if reading.learned is not None:
            return _Naming({value: reading.learned.names.get(value, str(value)) for value in values})
        if len(given) == len(values) and values and values[-1] >= len(given):
            names = dict(zip(values, given, strict=True))
            said = ", ".join(f"{value} {name}" for value, name in names.items())
            return _Naming(names, (), (f"class_names are in the order of the values: {said}",))
        listed = {value: name for value, name in self._listed().items() if decision.is_class(value)}
        if given or not listed:
            unused = (
                f"{self.table.path} names colours, which the values of the masks do not have: it is not used"
            )
            notes = (unused,) if self.table.colours and not given else ()
            return _Naming({value: str(value) for value in values}, (), notes)
        names = {**{value: str(value) for value in values}, **listed}
        return _Naming(
            names,
            tuple(names.values()),
            (f"values are named by {self.table.path}", *_remarks(names.values())),
        )

    def _listed(self) -> Mapping[int, str]:
        """The names that the table has for values, or for the colours that the palette of the masks gives them."""
        if self.table.values or not self.table.colours:
            return self.table.values
        found = self.survey.named(self.table.colours)
        return found if found.keys() >= self.survey.pixels.keys() - {IGNORED} else {}

    def _classes(self, decision: Decision) -> list[int]:
        return sorted(value for value in self.survey.pixels if decision.is_class(value))

    def labels(self, kind: TargetKind, naming: _Naming) -> Structures:
        """The masks, with the pixels of each class."""
        tallies: list[Mapping[str, int]] = []
        for counts in self.counts:
            tally: Counter[str] = Counter()
            for value, count in counts.items():
                if value in naming.names:
                    tally[naming.names[value]] += count
            tallies.append(dict(tally))
        upright, items = self.turned.upright(), []
        for row, (image, mask) in enumerate(self.files):
            turn = 1 if upright.get(row, True) else self.shapes[row].orientation
            items.append(MaskFile(mask or image, naming.names, turn, self.coloured))
        return Structures(kind, items, tallies, naming.known)

    def look(self, row: int) -> None:
        """Read one mask. Raises `DataError` for one that cannot be used."""
        image, mask = self.files[row]
        if mask is None:
            return
        loaded = MaskFile(mask, {}, coloured=self.coloured).load()
        if self.coloured:
            check_colours(loaded.values, self.table.colours, mask)
        shape = shape_of(image)
        told = by_proportions((loaded.values.shape[1], loaded.values.shape[0]), shape, mask)
        if shape.orientation != 1:
            self.shapes[row] = shape
            self.turned.add(row, image.name, Evidence(mask=told))
        self.counts[row] = counts_of(loaded.values)
        self.survey.add(row, self.counts[row], loaded)


def _remarks(names: Iterable[str]) -> Iterator[str]:
    """On names that say that nothing is there."""
    if void := [name for name in names if name.lower() in VOID]:
        yield f"{listing(map(repr, void))} is one of the classes; data.classes without it leaves its pixels out"


def _read(files: Sequence[File], table: ClassTable, broken: BrokenFiles, turned: TurnedImages) -> _Masks:
    """Read the mask of every image that can be used. What is wrong with one is added to `broken`."""
    first = [mask for _, mask in files[:FEW] if mask is not None]
    found = _Masks(table, bool(table.colours) and any(map(is_coloured, first)), files, turned)
    for row in range(len(files)):
        found.counts.append({})
        try:
            if row not in broken.found:
                found.look(row)
        except DataError as error:
            broken.also(row, str(error))
            broken.hint = TABLE_WANTED if isinstance(error, ColouredError) else broken.hint
    return found
