"""Where the images of each split of a YOLO data set are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ftcli.data.names.split_names import role_of
from ftcli.data.sources.folder import entries, split_files
from ftcli.data.yolo.folders import WHOLE, split_name, splits_in
from ftcli.data.yolo.images import IMAGES, LIST, Pictures
from ftcli.data.yolo.settings import Found, KeyPoints, Settings, find_settings, text_lines
from ftcli.errors import DataError, listing
from ftcli.media.formats import IMAGE_FILES


@dataclass(slots=True)
class Layout:
    """The splits by their names, what is wrong with others that the settings name, and notes on how they were found."""

    settings: Settings
    splits: dict[str, Pictures] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def top(self) -> Path:
        """The highest folder that may belong to the data set: above `root` where that is the images of one split."""
        root = self.settings.root
        above = root.absolute().parent
        if root.name.lower() in IMAGES:
            return above.parent if role_of(above.name) else above
        if above.name.lower() in IMAGES:
            return above.parent
        return above if any(one.places == (root,) for one in self.splits.values()) else root

    def points(self) -> KeyPoints | None:
        """The key points that the settings state, also those in `top`, where the folder of one split is given."""
        if self.settings.file is not None or self.top == self.settings.root:
            return self.settings.points
        try:
            found = find_settings(self.top)
        except DataError:  # settings of something else
            return None
        return None if found is None else found.points


def yolo_layout(path: Path) -> Layout | None:
    """The layout of a file of settings, a list of images, or a folder; None for another file.

    Raises `DataError` for settings that are broken.
    """
    alone = path.is_file() and path.suffix.lower() == LIST
    settings = find_settings(path.parent if alone else path)
    if settings is None:
        return None
    if alone:
        return Layout(settings, _lists(settings, {WHOLE: path.name}))
    return _said(settings) if settings.splits else _found(settings)


def _said(settings: Settings) -> Layout:
    """The splits that the settings name."""
    layout = Layout(settings)
    for role, places in _places(settings).items():
        found = {one: place for one, place in places.items() if place is not None}
        if lost := [one for one in places if one not in found]:
            _miss(layout, role, lost[0])
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


def _miss(layout: Layout, role: str, said: str) -> None:
    """Nothing is where a split is said to be. A test split is not needed, and often left out of an archive."""
    settings = layout.settings
    words = f"{settings.file}: {role} is {said}, and there is no such folder or list of images"
    if role == "test":
        layout.notes.append(f"{words}: no test split is read")
        return
    places = listing(dict.fromkeys(map(str, settings.places(said))), 4)
    hint = "; data.val: 0.2 takes a fifth of the training split in its place" if role == "val" else ""
    layout.missing[role] = f"{words}. Looked for: {places}{hint}"


def _found(settings: Settings) -> Layout:
    """The splits by lists, else by folders, also where these are in the only folder that there is."""
    root = settings.root
    if lists := _lists(settings, split_files(root, [LIST])):
        return Layout(settings, lists)
    if (inside := _only_folder(root)) is not None:
        own = find_settings(inside)
        if own is not None and own.splits:
            return _said(own)
        splits = splits_in(settings, inside)
        if splits.found and not any(one.places == (inside,) for one in splits.found.values()):
            return Layout(settings, splits.found, notes=splits.notes)
    splits = splits_in(settings, root)
    return Layout(settings, splits.found, notes=splits.notes)


def _only_folder(root: Path) -> Path | None:
    """The folder that holds all there is, as an archive has it; None where it is one of images or of a split."""
    folders, files = entries(root)
    if len(folders) != 1 or any(map(IMAGE_FILES.named, files)):
        return None
    is_known = folders[0].lower() in IMAGES or split_name(folders[0]) is not None
    return None if is_known or (root / folders[0]).is_symlink() else root / folders[0]


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
