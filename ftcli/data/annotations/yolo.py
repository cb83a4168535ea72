"""Annotations of YOLO: where the images of each split are, and the text file with the labels of each image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ftcli.data.annotations.layout import Annotations, BoxedImages, role_of
from ftcli.data.annotations.yolo_images import IMAGES, LIST, LabelFiles, Pictures
from ftcli.data.annotations.yolo_labels import Labels, PointsOfSet
from ftcli.data.annotations.yolo_names import ClassNames
from ftcli.data.annotations.yolo_settings import Found, KeyPoints, Settings, find_settings, text_lines
from ftcli.data.sources.base import Opener
from ftcli.data.sources.folder import entries, split_files
from ftcli.errors import DataError, listing
from ftcli.media.formats import IMAGE_FILES

WHAT = "annotations of YOLO"
WHOLE = "all images"  # the name of a split that is all there is at a path, whatever the path is called


@dataclass(slots=True)
class _Layout:
    """The splits by their names, and what is wrong with others that the settings name."""

    splits: dict[str, Pictures] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def yolo_splits(path: Path, *, named: bool) -> Mapping[str, Opener]:
    """The splits that a data.yaml or a .data file lists; else those of the folders, or of lists of images, at a path.

    Classes are called as the settings or classes.txt say if `named`, else by their numbers.
    """
    alone = path.is_file() and path.suffix.lower() == LIST
    settings = find_settings(path.parent if alone else path)
    if settings is None:
        return {}
    if alone:
        layout = _Layout(_lists(settings, {WHOLE: path.name}))
    else:
        layout = _said(settings) if settings.splits else _found(settings)
    top = _top(settings.root, layout)
    names = ClassNames(settings, top) if named else None
    points = PointsOfSet(settings.points or _points_above(settings, top), tuple(layout.splits.values()))
    told = next((name for name in layout.splits if role_of(name) == "train"), next(iter(layout.splits), None))
    openers: dict[str, Opener] = {}
    for name, pictures in layout.splits.items():
        annotated = partial(Labels, pictures, names, points, tuple(layout.notes) if name == told else ())
        openers[name] = BoxedImages(pictures.name, WHAT, pictures.base, annotated)
    for name, problem in layout.missing.items():
        openers[name] = BoxedImages(str(settings.file), WHAT, settings.root, partial(_refused, problem))
    return openers


def _refused(problem: str) -> Annotations:
    raise DataError(problem)


def _top(root: Path, layout: _Layout) -> Path:
    """The highest folder that may belong to the data set: above `root` where that is the images of one split."""
    above = root.absolute().parent
    if root.name.lower() in IMAGES:
        return above.parent if role_of(above.name) else above
    if above.name.lower() in IMAGES:
        return above.parent
    return above if any(one.places == (root,) for one in layout.splits.values()) else root


def _points_above(settings: Settings, top: Path) -> KeyPoints | None:
    """The key points that settings in the folder `top` state, where the folder of one split is given."""
    if settings.file is not None or top == settings.root:
        return None
    try:
        found = find_settings(top)
    except DataError:  # settings of something else
        return None
    return None if found is None else found.points


def _said(settings: Settings) -> _Layout:
    """The splits that the settings name."""
    layout = _Layout()
    for role, places in _places(settings).items():
        found = {one: place for one, place in places.items() if place is not None}
        if lost := [one for one in places if one not in found]:
            _miss(layout, settings, role, lost[0])
            continue
        for one, place in found.items():
            if place.elsewhere:
                layout.notes.append(f"{settings.file}: {role}: {one} is taken from {place.path}")
        layout.splits[role] = Pictures(settings, tuple(place.path for place in found.values()))
    return layout


def _places(settings: Settings) -> dict[str, dict[str, Found | None]]:
    """By role, what each path means; nothing for one that may mean the same as another path, but only by its end."""
    found = {role: {one: settings.find(one) for one in said} for role, said in settings.splits.items()}
    all_said = {one: place for places in found.values() for one, place in places.items() if place is not None}
    meant = Counter(place.path for place in all_said.values())
    unsure = {one for one, place in all_said.items() if place.elsewhere and meant[place.path] > 1}
    return {
        role: {one: None if one in unsure else place for one, place in places.items()}
        for role, places in found.items()
    }


def _miss(layout: _Layout, settings: Settings, role: str, said: str) -> None:
    """Nothing is where a split is said to be. A test split is not needed, and often left out of an archive."""
    words = f"{settings.file}: {role} is {said}, and there is no such folder or list of images"
    if role == "test":
        layout.notes.append(f"{words}: no test split is read")
        return
    places = listing(dict.fromkeys(map(str, settings.places(said))), 4)
    hint = "; data.val: 0.2 takes a fifth of the training split in its place" if role == "val" else ""
    layout.missing[role] = f"{words}. Looked for: {places}{hint}"


def _found(settings: Settings) -> _Layout:
    """The splits by lists or folders; those without any file of labels are left out."""
    root = settings.root
    if lists := _lists(settings, split_files(root, [LIST])):
        return _Layout(lists)
    ways = [_by_role(settings, root)]
    for images in (root / name for name in entries(root)[0] if name.lower() in IMAGES):
        ways += [_by_role(settings, images, others=True), {WHOLE: Pictures(settings, (images,))}]
    for splits in (*ways, {WHOLE: Pictures(settings, (root,))}):
        labelled = {name: one for name, one in splits.items() if _is_labelled(one)}
        if labelled:
            return _Layout(labelled, notes=list(_left_out(splits, labelled)))
    return _Layout()


def _lists(settings: Settings, files: Mapping[str, str]) -> dict[str, Pictures]:
    """The splits whose files are lists of images; none where that of the first split is not."""
    found = {
        role: Pictures(settings, (settings.root / name,))
        for role, name in files.items()
        if _names_images(settings, settings.root / name)
    }
    return found if next(iter(files), None) in found else {}


def _names_images(settings: Settings, file: Path) -> bool:
    """Whether the first line of a file is the path of an image that is there."""
    try:
        first = next((line.strip() for line in text_lines(file) if line.strip()), "")
    except DataError:
        return False
    return IMAGE_FILES.named(first) and settings.find(first, file.parent) is not None


def _by_role(settings: Settings, folder: Path, *, others: bool = False) -> dict[str, Pictures]:
    """The folders in a folder that are called like a split, as train, valid, train2017 or obj_train_data.

    With `others`, those beside them, too.
    """
    found: dict[str, Pictures] = {}
    names = {name: _role(name) for name in entries(folder)[0]}
    for name, role in names.items() if any(names.values()) else ():
        inside = folder / name / "images"
        if role is not None or others:
            place = inside if inside.is_dir() else folder / name
            found[role or name] = Pictures(settings, (place,))
    return found


def _role(name: str) -> str | None:
    """The name of the split that a folder is called by: its own, but for those of CVAT."""
    if role_of(name) is not None:
        return name
    return role_of(name.lower().removeprefix("obj_").removesuffix("_data"))


def _is_labelled(pictures: Pictures) -> bool:
    files = LabelFiles()
    return any(files.of(pictures.base / name) is not None for name in pictures.names())


def _left_out(splits: Mapping[str, Pictures], labelled: Mapping[str, Pictures]) -> Iterator[str]:
    """Notes on images that are in no split."""
    for name, pictures in splits.items():
        if name not in labelled and (count := sum(1 for _ in pictures.names())):
            yield f"{pictures.name}: none of its {count:,} images has a file of labels, so this split is not read"
    above = {pictures.base.parent for pictures in labelled.values()} if len(splits) > 1 else ()
    for folder in above:
        if strays := [name for name in entries(folder)[1] if IMAGE_FILES.named(name)]:
            yield f"{folder}: images beside the folders of splits, not read: {len(strays):,}, the first is {strays[0]}"
