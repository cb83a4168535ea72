"""Which folders below a path are classes, and which are splits, where examples are in a folder for each class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ftcli.contracts import Modality
from ftcli.data.class_folders.opener import ClassFolders
from ftcli.data.names.split_names import split_of, splits_among
from ftcli.data.sources.base import Family, Several, Single
from ftcli.data.sources.folder import endings, entries, folders_of_splits, media_files, split_folders
from ftcli.errors import DataError, listing
from ftcli.media.formats import Media, media_of

PATTERNS = "{label}/{group}/{file}", "{group}/{label}/{file}"


def class_folders(path: Path, holds: Modality, *, lenient: bool) -> Family:
    """The splits, or the only one, of a folder of class folders.

    A folder with the name of a split is one if it holds class folders. Raises `DataError` where the folders in class
    folders may be the classes. With `lenient`, of a split that is validation or test, nothing is looked for below it.
    """
    media = media_of(holds)
    if lenient:
        return Single(ClassFolders(path, lenient, holds))
    inner = _descended(path, media)
    notes = () if inner == path else (f"{path}: its class folders are in {inner.relative_to(path)}",)
    found = _Found(inner, holds, media, notes)
    if folders := split_folders(inner):
        return found.splits(folders)
    return found.within() or found.single()


@dataclass(frozen=True, slots=True)
class _Found:
    """What lies at a path, whose only class folder is not a folder around the classes."""

    path: Path
    holds: Modality
    media: Media
    notes: tuple[str, ...]

    def splits(self, folders: Mapping[str, str]) -> Family:
        """The splits that folders have the names of, as far as they hold class folders."""
        train = self.path / folders["train"]
        beside = [name for name in entries(self.path)[0] if name not in folders.values()]
        if not entries(train)[0] and any(map(self._holds, beside)):
            note = f"{train} has no folders in it, so it is taken for a class, not for the training split"
            return self.single(note)
        self._check_siblings(train, beside if len(folders) == 1 else [])
        bare = [name for role, name in folders.items() if role != "train" and self._bare(name)]
        usual = {role: name for role, name in folders.items() if name not in bare}
        train = _descended(train, self.media)
        known = set(entries(train)[0])

        def opener(name: str) -> ClassFolders:
            if name == usual["train"]:
                _check_groups(train, self.media)
                return ClassFolders(train, False, self.holds)
            return ClassFolders(_descended(self.path / name, self.media, known), True, self.holds)

        found = folders_of_splits(self.path, usual, opener, self.media, *self.notes)
        bare_sizes = {name: f"{found.sizes[name]} without class folders" for name in bare}
        return replace(found, sizes={**found.sizes, **bare_sizes})

    def single(self, *notes: str) -> Family:
        """One split, whose class folders are here. Raises `DataError` where those below may be the classes."""
        _check_groups(self.path, self.media)
        return Single(ClassFolders(self.path, False, self.holds, notes=(*self.notes, *notes)))

    def within(self) -> Family | None:
        """The splits of folders that hold a training split each, such as cat/train and cat/test; None for others."""
        classes = [name for name in entries(self.path)[0] if not self._files(self.path / name)]
        found = {name: splits_among(entries(self.path / name)[0]) for name in classes}
        if len(found) < 2 or not all(found.values()):
            return None
        roles = dict.fromkeys(role for splits in found.values() for role in splits)
        words = f"{self.path}: class folders hold their splits ({', '.join(roles)})"
        spare: Counter[str] = Counter()
        for one, splits in found.items():
            for name in entries(self.path / one)[0]:
                if name not in splits.values():
                    below = media_files(self.path / one / name, "", self.media, Counter())
                    spare[name] += sum(1 for _ in below)
        more = f"; not a split, so not read: {endings(spare)}" if spare else ""

        def opener(role: str) -> ClassFolders:
            chosen = {name: splits[role] for name, splits in found.items() if role in splits}
            return ClassFolders(self.path, role != "train", self.holds, chosen)

        usual = {role: role for role in roles}
        return Several(str(self.path), usual, opener, notes=(*self.notes, words + more))

    def _files(self, folder: Path) -> list[str]:
        return [name for name in entries(folder)[1] if self.media.named(name)]

    def _check_siblings(self, train: Path, beside: Sequence[str]) -> None:
        """Raise `DataError` where a training split, which is the only split, may be a class with folders in it."""
        alike = [
            name for name in beside if entries(self.path / name)[0] and not self._files(self.path / name)
        ]
        if len(alike) > 1:
            words = f"{listing(alike, 4)} beside it hold folders as it does"
            raise DataError(
                f"{train} is called like the training split, and {words}. If all of them are classes, say "
                f"data.pattern: '{PATTERNS[0]}'; else name the split: data.train: {train}"
            )

    def _holds(self, name: str) -> bool:
        folders, _ = entries(self.path / name)
        return bool(folders or self._files(self.path / name))

    def _bare(self, name: str) -> bool:
        """Whether it holds files, and no class folders."""
        return bool(self._files(self.path / name)) and not entries(self.path / name)[0]


def _descended(path: Path, media: Media, known: set[str] | None = None) -> Path:
    """The folder that holds the class folders: `data/pets/{cat,dog}` has one folder that is none, `pets`.

    `known` are the classes of training: such a folder is one. A folder of a split is not looked past.
    """
    while True:
        folders, files = entries(path)
        if len(folders) != 1 or any(map(media.named, files)) or folders[0] in (known or ()):
            return path
        inside = entries(path / folders[0])[0]
        again = split_of(folders[0]) == split_of(path.name)
        if not inside or (split_of(folders[0]) is not None and not again):
            return path
        path = path / folders[0]


def _check_groups(path: Path, media: Media) -> None:
    """Raise `DataError` where class folders hold no files, but the same folders each, or have the names of splits.

    Which are the classes? Folders that are numbered, such as years or recordings, are none.
    """
    outer = entries(path)[0]
    _check_copies(path, outer)
    counts: Counter[str] = Counter()
    for name in outer:
        folders, files = entries(path / name)
        if any(map(media.named, files)):
            return
        counts.update(folders)
    if splits := [name for name in outer if split_of(name) is not None]:
        raise DataError(
            f"{path}: {listing(splits)} is called like a split and holds folders, and no folder is called train. "
            f"Rename one, or name the splits: data.train: FOLDER; if all are classes, data.pattern: '{PATTERNS[0]}'"
        )
    often = [name for name, count in counts.items() if 2 * count > len(outer)]
    if len(outer) < 2 or len(often) < 2 or _numbered(often):
        return
    mine, theirs = (
        f"{listing(names, 4)}: data.pattern: '{pattern}'"
        for names, pattern in zip((outer, often), PATTERNS, strict=True)
    )
    raise DataError(
        f"{path}: its {len(outer)} folders hold no {media.noun}s of their own, but the same folders each. Say which "
        f"are the classes. For {mine}; for {theirs}. Or name the splits, such as data.train: {path / outer[0]}"
    )


def _check_copies(path: Path, outer: Sequence[str]) -> None:
    """Raise `DataError` where one of the class folders holds all others once more, as some archives do."""
    for name in outer if len(outer) > 2 else ():
        others = [one for one in outer if one != name]
        if {*entries(path / name)[0]}.issuperset(others):
            raise DataError(
                f"{path / name} holds folders of the same names as the class folders beside it ({listing(others, 4)}), "
                f"and would be one class more. Move it away, or name what is meant: data.train: {path / name}"
            )


def _numbered(names: Sequence[str]) -> bool:
    """Whether names differ by their numbers only."""
    return len({name.rstrip("0123456789") for name in names}) == 1
