"""From the words of a configuration to the splits they mean. Nothing is read yet but names."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import Inputs, Modality, TargetKind
from ftcli.contracts.modalities import IMAGE, TEXT
from ftcli.data import SOURCES
from ftcli.data.class_folders.layout import class_folders
from ftcli.data.conditions import SIGNS, condition
from ftcli.data.names.split_names import split_of
from ftcli.data.sources.base import Family, Opener, Several, Single
from ftcli.data.sources.columns import files_of
from ftcli.data.sources.file_names import FileNames, NamePattern, name_pattern
from ftcli.data.sources.folder import entries, folders_of_splits, media_files, split_files, split_folders
from ftcli.data.sources.parallel_text import Parallel, both
from ftcli.data.sources.records import ending
from ftcli.data.sources.tables import TABLES, table, tables_in
from ftcli.data.sources.unlabelled_files import UnlabelledFiles
from ftcli.data.table_folders import hub_folder, matched, matching, table_in_parts, without_bare_test
from ftcli.errors import DataError, did_you_mean, listing
from ftcli.media.formats import TEXT_FILES, media_of
from ftcli.registry import part
from ftcli.system.paths import check_readable, no_such_path

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")


def is_path(source: str) -> bool:
    """Whether a source that does not exist can only be a path: no id of a Hugging Face dataset is written so."""
    path = Path(source).expanduser()
    beside = "/" in source and path.parent.is_dir()
    return beside or ending(path) in TABLES or _HUB_ID.fullmatch(source) is None


class Locator:
    """Finds splits by what `data` says of them; folders are searched for files of the inputs, or of the targets.

    Raises `DataError` that blames the key.
    """

    def __init__(self, data: Data, places: Places, inputs: Inputs, kind: TargetKind) -> None:
        self.data, self.places, self.kind = data, places, kind
        files = files_of(inputs, kind)
        self._in_files = files.in_files
        self.files = files if files.in_files else IMAGE

    def splits(self) -> tuple[dict[str, Opener], tuple[str, ...]]:
        """An opener for "train", and for "val" and "test" where something names them; and notes."""
        family = self.family(self.data.source, "source") if self.data.source is not None else None
        found: dict[str, Opener] = {}
        for role in ("train", "val", "test"):
            value = getattr(self.data, role)
            if isinstance(value, str):
                if not self._is_condition(value, role):
                    found[role] = self.named(value, role, family)
            elif value is None and family is not None and role in family.usual:
                found[role] = family.split(family.usual[role])
        if "train" not in found:
            raise self.places.error(*self._no_training(family))
        if isinstance(family, Single) and self.data.train is not None:
            raise self.places.error(
                "source", f"{family.name} is one split, and data.train is another: give one of them"
            )
        return found, tuple(self._unread(family)) if family is not None else ()

    def _is_condition(self, value: str, role: str) -> bool:
        """Whether it chooses rows of the training split. Raises `DataError` for one that cannot."""
        try:
            return role != "train" and condition(value) is not None
        except ValueError as error:
            raise self.places.error(role, str(error)) from None

    def _unread(self, family: Family) -> Iterator[str]:
        """Notes on what the source has and the configuration passes over."""
        if isinstance(family, Several) and self.data.train is None:
            yield from family.unread()
        for role in ("val", "test"):
            value = getattr(self.data, role)
            chosen = isinstance(value, str) and self._is_condition(value, role)
            if (chosen or isinstance(value, float)) and role in family.usual:
                yield f"{family.name}: its split {family.usual[role]!r} is not read, as data.{role} is {value}"

    def _no_training(self, family: Family | None) -> tuple[str, str]:
        if family is None:
            return (
                "",
                "say where the examples are: source (a data set or a folder) or train (a table or a folder)",
            )
        return (
            "train",
            f"{family.name} has no split called train; it has: {listing(family.names())}. Name one",
        )

    def named(self, value: str, role: str, family: Family | None) -> Opener:
        """The split that `value` names: one of the family's own, or a path."""
        if family is not None and value in family.names() and not isinstance(family, Single):
            return family.split(value)
        if (lines := self._parallel(value, role)) is not None:
            return lines
        path = Path(value).expanduser()
        if files := matched(value):
            return matching(value, files, lambda file: self._table(file, role))
        if path.exists():
            return self._only(self.path(path, role), role)
        if family is not None and not isinstance(family, Single):
            has = listing(family.names())
            raise self.places.error(
                role, f"{family.name} has no split {value!r} (it has: {has}), and {no_such_path(path)}"
            )
        raise self.places.error(role, no_such_split(value, role))

    def family(self, source: str, key: str) -> Family:
        """The splits of a known data set, of a path, or of a Hugging Face dataset."""
        if source in SOURCES and self.kind.opener is not None:
            raise self.places.error(key, f"{source} has classes, and this task {self.kind.does}")
        if source in SOURCES:
            self._check_one_meaning(source, key)
            family: Family = SOURCES.load(source)(self.data)
            return family
        if (lines := self._parallel(source, key)) is not None:
            return Single(lines)
        path = Path(source).expanduser()
        if path.exists():
            return self.path(path, key)
        if near := "" if "/" in source else _near(source):
            raise self.places.error(key, f"no data set is called {source!r}. Did you mean {near!r}?")
        missing = no_such_path(path)
        if is_path(source):
            raise self.places.error(key, missing)
        from ftcli.data.sources.huggingface import hub

        return hub(source, self.data, str(self.places.mistake(key, "")), missing)

    def _check_one_meaning(self, name: str, key: str) -> None:
        """Raise `DataError` where a known data set and a folder have the same name: one of them would train unseen."""
        if self.data.root is None and Path(name).is_dir():
            words = f"{name} is a known data set, and a folder of that name is here"
            hint = f"For the folder write ./{name}; for the data set give the folder another name"
            raise self.places.error(key, f"{words}. {hint}")

    def path(self, path: Path, key: str) -> Family:
        """The splits of a file or folder that exists."""
        try:
            check_readable(path)
        except DataError as error:
            raise self.places.error(key, str(error)) from None
        found: Family | None = None
        if path.is_dir() and not self.kind.dense:
            try:
                found = hub_folder(path, self.data.subset, lambda file: self._table(file, key))
            except DataError as error:
                raise self.places.error(key, str(error)) from None
        if found is None and self.kind.opener is not None:
            found = part(self.kind.opener)(path, self.data, self.places, key)
        if found is not None:
            return found
        if not path.is_dir():
            self._check_table(path, key)
            if (splits := tables_in(path, self.data, self.places)) is not None:
                return splits
            return Single(self._table(path, key))
        folders = split_folders(path)
        if not folders and (tables := split_files(path, TABLES)):
            return self._tables(path, tables)
        if (parts := table_in_parts(path, lambda file: self._table(file, key))) is not None:
            return Single(parts)
        if self.data.pattern is None and self.kind.labelled:
            try:
                return class_folders(path, self._held(path), lenient=key in ("val", "test"))
            except DataError as error:
                raise self.places.error(key, str(error)) from None
        if folders and (
            self.data.pattern is None or self._pattern().begins_in(path / folders["train"], self.files)
        ):
            return folders_of_splits(
                path, folders, lambda name: self._folder(path / name), media_of(self.files)
            )
        return Single(self._folder(path))

    def _held(self, path: Path) -> Modality:
        """What class folders hold: texts, for a task that reads and labels those, if there are any."""
        texts = not self._in_files and self.kind.role == "label" and not self.kind.by_word
        found = media_files(path, "", TEXT_FILES, Counter()) if texts else iter(())
        return TEXT if next(found, None) is not None else self.files

    def _pattern(self) -> NamePattern:
        try:
            return name_pattern(self.data.pattern or "", self.files)
        except ValueError as error:
            raise self.places.error("pattern", str(error)) from None

    def _tables(self, path: Path, usual: Mapping[str, str]) -> Family:
        """A folder with a table for each split, such as train.tsv and dev.tsv."""
        read = {*usual.values(), self._names_of_classes(path)}
        others = (name for name in entries(path)[1] if ending(Path(name)) in TABLES and name not in read)
        named = self.data.label or self.data.target
        usual, notes = without_bare_test(path, usual, named, lambda file: self._table(file, "source"))
        return Several(
            str(path), usual, lambda name: self._table(path / name, "source"), tuple(others), notes=notes
        )

    def _names_of_classes(self, folder: Path) -> str | None:
        """The file in a folder that `data.class_names` names, if it does."""
        given = self.data.class_names
        return Path(given).name if isinstance(given, str) and Path(given).parent == folder else None

    def _table(self, path: Path, key: str) -> Opener:
        return table(path, self.data, self.places, key)

    def _parallel(self, value: str, key: str) -> Parallel | None:
        """The two files that train.{en,de}.gz stands for; None for another path."""
        files = both(value)
        if files is None:
            return None
        if not self.kind.line_files:
            problem = (
                f"{value} are two files of texts and what to write for them, and this task writes no texts"
            )
            raise self.places.error(key, problem)
        for path in files:
            if not path.is_file():
                raise self.places.error(key, no_such_path(path))
        return Parallel(*files, name=value)

    def _check_table(self, path: Path, key: str) -> None:
        """Raise `DataError` for one file of lines alone, such as a shell makes of a path with braces."""
        if self.kind.line_files and ending(path) not in TABLES:
            words = f"{path} is not a table ({listing(TABLES)})"
            hint = "two files with the same lines are one path, in quotes: 'train.{en,de}.gz'"
            raise self.places.error(key, f"{words}; {hint}")

    def _folder(self, path: Path) -> Opener:
        """A folder of files without labels, or with labels in their names, as the pattern says."""
        if self.data.pattern is None:
            return UnlabelledFiles(path, self.files)
        return FileNames(path, self._pattern(), self.files)

    def _only(self, family: Family, role: str) -> Opener:
        if isinstance(family, Single):
            return family.opener
        has = listing(family.usual.values())
        raise self.places.error(
            role, f"{family.name} has several splits ({has}): name one, or give it as source"
        )

    def evaluated(self, value: str, key: str) -> Opener:
        """The split that `--data` means: one that the source has under this name, or another source's test split."""
        path = Path(value).expanduser()
        if not path.exists() and value not in SOURCES and "/" not in value and both(value) is None:
            return self._own(value, key)
        other = self.family(_scored_folder(path) if path.is_dir() else value, key)
        if isinstance(other, Single):
            return other.opener
        for role in ("test", "val"):
            if role in other.usual:
                return other.split(other.usual[role])
        raise self.places.error(key, f"{other.name} has no test split; it has: {listing(other.names())}")

    def _own(self, value: str, key: str) -> Opener:
        family = self.family(self.data.source, "source") if self.data.source is not None else None
        names = family.names() if family is not None else ()
        if family is not None and value in names:
            return family.split(value)
        known = list(dict.fromkeys(("train", "val", "test", *names)))
        words = f"no split is called {value!r}.{did_you_mean(value, known)} There are: {listing(known)}"
        raise self.places.error(key, f"{words}. As a path: {no_such_path(Path(value))}")


def _scored_folder(path: Path) -> str:
    """A folder; or that of its test split, else of its validation split, where it has only folders of these."""
    roles = {split_of(name): name for name in entries(path)[0]}
    scored = roles.get("test") or roles.get("val")
    return str(path if scored is None or roles.keys() - {"test", "val"} else path / scored)


def no_such_split(value: str, role: str) -> str:
    """Words for the path of a split that does not exist."""
    hint = f" {value!r} is a data set: write source: {value}" if value in SOURCES else ""
    if role != "train" and set(value) & set("<=>!"):
        hint = ". A condition on the training split is FIELD SIGN VALUE, such as index < 5; signs: " + SIGNS
    return no_such_path(Path(value).expanduser()) + hint


def _near(name: str) -> str:
    """A known data set whose name is nearly this one."""
    return next(iter(difflib.get_close_matches(name.lower(), list(SOURCES), n=1, cutoff=0.8)), "")
